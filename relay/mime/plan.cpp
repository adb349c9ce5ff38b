#include "relay/mime/plan.hpp"

#include <utility>

#include "relay/base/text.hpp"

namespace kurir::mime {

namespace {

bool is_text(const content_head& head) {
    return head.type.empty() || head.is("text") || head.is("message") || head.is("multipart");
}

bool has_parts(const content_head& head) {
    return (head.type == "message/rfc822" && !head.is_encoded()) ||
           (head.is("multipart") && !head.boundary.empty());
}

}  // namespace

conversion_plan planner::finish() {
    structure_.finish();
    if (plan_.trouble.empty()) plan_.trouble = structure_.trouble();
    plan_.extent = extent_;
    return std::move(plan_);
}

void planner::begin_part(part_role) {
    const bool verbatim =
        !open_.empty() && (open_.back().verbatim || open_.back().head.type == "multipart/signed");
    open_.push_back({.index = plan_.parts.size(), .verbatim = verbatim});
    plan_.parts.emplace_back();
}

void planner::field(std::string_view text) {
    const bool unfit = needs_encoding(text);
    plan_.needed = plan_.needed || (unfit && !open_.back().verbatim);
    if (open_.back().verbatim && base::has_high(text)) open_.back().body.add(text);
}

void planner::end_header(const content_head& head, std::string_view) {
    open_.back().head = head;
    if (plan_.charset.empty()) plan_.charset = head.charset;
}

void planner::content(content_role role, std::string_view bytes) {
    auto& part = open_.back();
    if (role == content_role::leaf) part.unread = has_parts(part.head);
    (role == content_role::epilogue ? part.behind : part.body).add(bytes);
}

void planner::delimiter(std::string_view, std::string_view line, std::string_view) {
    open_.back().delimited = true;
    if (!open_.back().verbatim && needs_encoding(line)) plan_.needed = true;
}

void planner::end_part() {
    auto& part = open_.back();
    auto& planned = plan_.parts[part.index];
    planned.content = treatment_of(part);
    const bool changes =
        planned.content != treatment::keep && planned.content != treatment::verbatim;
    plan_.needed = plan_.needed || changes;
    const bool encodes =
        planned.content == treatment::quoted_printable || planned.content == treatment::base64;
    if (encodes && !part.head.has_type && part.body.has_high()) {
        planned.added_type =
            part.body.is_utf8() ? "text/plain; charset=utf-8" : "text/plain; charset=unknown-8bit";
    }
    open_.pop_back();
}

treatment planner::treatment_of(const open_part& part) {
    if (extent_ == extent::fields) return part.verbatim ? treatment::verbatim : treatment::keep;
    if (part.verbatim) {
        if (part.body.has_high() || part.behind.has_high()) {
            plan_.needed = true;
            plan_.trouble =
                "has 8-bit text in a multipart/signed, whose signature a conversion "
                "would break";
        }
        return treatment::verbatim;
    }
    if (part.delimited) {
        const bool unfit = part.body.needs_encoding() || part.behind.needs_encoding();
        return unfit ? treatment::scrub : treatment::keep;
    }
    if (!part.body.needs_encoding()) return treatment::keep;
    if (part.head.encoding == transfer_encoding::unofficial) {
        if (part.body.has_high())
            plan_.trouble = "has 8-bit text in a Content-Transfer-Encoding that is not a standard";
        return treatment::keep;
    }
    if (part.unread) plan_.trouble = "has parts that are nested too deeply";
    if (part.head.encoding == transfer_encoding::quoted_printable)
        return treatment::mend_quoted_printable;
    if (part.head.encoding == transfer_encoding::base64) return treatment::mend_base64;
    const bool readable = is_text(part.head) && part.body.mostly_ascii();
    return readable ? treatment::quoted_printable : treatment::base64;
}

}  // namespace kurir::mime
