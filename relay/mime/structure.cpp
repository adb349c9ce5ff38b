#include "relay/mime/structure.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/text.hpp"

namespace kurir::mime {

namespace {

constexpr std::size_t candidate_max = boundary_max + 1000;

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with("\r\n")) line.remove_suffix(2);
    return line;
}

}  // namespace

structure::structure(structure_reader& reader) : reader_(reader) {
    begin(part_role::message);
}

void structure::begin(part_role role) {
    if (++parts_ > parts_max) trouble_ = "has too many parts";
    levels_.emplace_back();
    state_ = state::header;
    reader_.begin_part(role);
}

void structure::end_above(std::size_t depth) {
    for (; levels_.size() > depth; levels_.pop_back())
        reader_.end_part();
}

bool structure::add(std::string_view chunk) {
    while (!chunk.empty() && trouble_.empty()) {
        if (state_ == state::in_line) {
            chunk.remove_prefix(take_content(chunk));
            continue;
        }
        if (state_ == state::line_start) {
            chunk.remove_prefix(take_line_start(chunk));
            continue;
        }
        const auto end = std::min(chunk.find('\n'), chunk.size() - 1) + 1;
        line_ += chunk.substr(0, end);
        chunk.remove_prefix(end);
        if (line_.ends_with("\r\n")) on_header_line(std::exchange(line_, {}));
        if (line_.size() + field_.size() > field_max) trouble_ = "has a header field over 1 MiB";
    }
    return trouble_.empty();
}

bool structure::finish() {
    if (!trouble_.empty()) return false;
    if (state_ == state::header && !line_.empty()) on_header_line(std::exchange(line_, {}));
    while (state_ == state::header)  // a message in it has a header too
        end_header({});
    if (state_ == state::line_start && !line_.empty()) decide_line();
    give_line_end();
    end_above(0);
    return trouble_.empty();
}

void structure::on_header_line(std::string_view line) {
    if (line.starts_with("--")) {
        end_field();
        if (take_delimiter(line)) return;
    }
    const bool first = field_.empty();
    if (line == "\r\n") {
        end_header(line);
    } else if (base::is_blank(line.front()) && !field_.empty()) {
        field_ += line;
    } else if (!field_name(line).empty() || (first && line.starts_with("From "))) {
        end_field();
        field_ = line;
    } else {
        end_header({});
        if (trouble_.empty()) add(line);
    }
}

void structure::end_field() {
    const auto field = std::exchange(field_, {});
    if (field.empty()) return;
    read_field(levels_.back().head, field);
    reader_.field(field);
}

// The kind of a part is known when its header has ended.
void structure::end_header(std::string_view blank_line) {
    end_field();
    auto& part = levels_.back();
    const bool in_digest =
        levels_.size() > 1 && levels_[levels_.size() - 2].is_digest && !part.head.has_type;
    if (in_digest) part.head.type = "message/rfc822";
    const bool nests = levels_.size() < depth_max;
    part.is_multipart = nests && part.head.is("multipart") && !part.head.boundary.empty();
    part.is_digest = part.head.type == "multipart/digest";
    reader_.end_header(part.head, blank_line);
    state_ = state::line_start;
    if (nests && part.head.type == "message/rfc822" && !part.head.is_encoded())
        begin(part_role::message);
}

// A line that begins like a delimiter is kept until it is known whether it is one.
std::size_t structure::take_line_start(std::string_view chunk) {
    const auto end = std::min(chunk.find('\n'), chunk.size() - 1) + 1;
    const auto taken = line_.size() < 2 ? std::min(end, 2 - line_.size()) : end;
    line_ += chunk.substr(0, taken);
    const bool may_be = std::string_view("--").starts_with(line_) || line_.starts_with("--");
    const bool whole = line_.ends_with('\n');
    if (!may_be || whole || line_.size() > candidate_max) decide_line();
    return taken;
}

void structure::decide_line() {
    const auto line = std::exchange(line_, {});
    if (line.starts_with("--") && line.size() <= candidate_max && take_delimiter(line)) return;
    give_line_end();
    state_ = state::in_line;
    for (std::string_view rest = line; !rest.empty();)
        rest.remove_prefix(take_content(rest));
}

std::size_t structure::take_content(std::string_view chunk) {
    if (tail_ == "\r") {
        if (chunk.front() == '\n') {
            tail_ += '\n';
            state_ = state::line_start;
            return 1;
        }
        give_line_end();
    }
    const auto end = std::min(chunk.find('\r'), chunk.size());
    give(chunk.substr(0, end));
    if (end == chunk.size()) return end;
    tail_ = "\r";
    return end + 1;
}

// The delimiter of the innermost multipart that it fits.
bool structure::take_delimiter(std::string_view line) {
    const auto text = base::trimmed_back(without_line_end(line)).substr(2);
    for (auto depth = levels_.size(); depth > 0; --depth) {
        auto& part = levels_[depth - 1];
        if (!part.is_multipart || part.closed) continue;
        const std::string_view boundary = part.head.boundary;
        if (!text.starts_with(boundary)) continue;
        const auto rest = text.substr(boundary.size());
        if (!rest.empty() && rest != "--") continue;
        if (state_ == state::header) reader_.end_header(levels_.back().head, {});
        end_above(depth);
        auto& multipart = levels_.back();
        multipart.closed = !rest.empty();
        reader_.delimiter(std::exchange(tail_, {}), line, multipart.head.boundary);
        state_ = state::line_start;
        if (!multipart.closed) begin(part_role::body_part);
        return true;
    }
    return false;
}

void structure::give(std::string_view bytes) {
    if (bytes.empty()) return;
    const auto& part = levels_.back();
    const auto multipart_role = part.closed ? content_role::epilogue : content_role::preamble;
    reader_.content(part.is_multipart ? multipart_role : content_role::leaf, bytes);
}

void structure::give_line_end() {
    give(std::exchange(tail_, {}));
}

}  // namespace kurir::mime
