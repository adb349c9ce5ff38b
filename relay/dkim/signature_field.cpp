#include "relay/dkim/signature_field.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "relay/base/domain_name.hpp"
#include "relay/base/text.hpp"
#include "relay/dkim/header_fields.hpp"
#include "relay/dkim/tag_list.hpp"
#include "relay/sasl/digest.hpp"
#include "relay/smtp/domain.hpp"

namespace kurir::dkim {

namespace {

using fault = std::string;  // the end of a sentence; empty: none

constexpr std::string_view required_tags[] = {"v", "a", "b", "bh", "d", "h", "s"};

fault missing_in(const tag_list& tags) {
    for (const auto name : required_tags) {
        if (tags.find(name) == nullptr) return "has no " + std::string(name) + "=";
    }
    return {};
}

std::optional<canonical_form> form_named(std::string_view name) {
    if (name == "relaxed") return canonical_form::relaxed;
    if (name == "simple") return canonical_form::simple;
    return std::nullopt;
}

// "header/body"; one that is left out is simple.
fault read_forms(const tag_list& tags, signature& made) {
    const auto value = tags.value("c").value_or("simple/simple");
    const auto slash = std::min(value.find('/'), value.size());
    const auto header = form_named(value.substr(0, slash));
    const auto body = form_named(slash < value.size() ? value.substr(slash + 1) : "simple");
    if (!header || !body) return "has a c= that is unknown";
    made.header_form = *header;
    made.body_form = *body;
    return {};
}

fault read_owner(const tag_list& tags, signature& made) {
    made.domain = base::lowered(*tags.value("d"));
    made.selector = base::lowered(*tags.value("s"));
    made.identity = tags.value("i").value_or("");
    for (const auto& name : {made.domain, made.selector}) {
        if (!smtp::is_domain_name(name, smtp::grammar::liberal)) return "names no domain";
    }
    if (made.identity.empty()) return tags.find("i") == nullptr ? "" : "has an empty i=";
    const auto at = made.identity.rfind('@');
    if (at == made.identity.npos ||
        !base::is_in_domain(base::lowered(made.identity.substr(at + 1)), made.domain)) {
        return "has an i= that is not in its domain";
    }
    return {};
}

fault read_names(const tag_list& tags, signature& made) {
    bool covers_from = false;
    for (const auto name : colon_list(*tags.value("h"))) {
        if (!is_field_name(name)) return "has an h= that is no list of names";
        covers_from = covers_from || base::equal_ignoring_case(name, "From");
        made.names.emplace_back(name);
    }
    return covers_from ? "" : "does not cover From";
}

fault read_bytes(const tag_list& tags, signature& made) {
    auto hash = base64_value(*tags.value("bh"));
    auto bytes = base64_value(*tags.value("b"));
    if (!hash || hash->size() != sasl::sha256_size) return "has a bh= that is no SHA-256 hash";
    if (!bytes || bytes->empty()) return "has a b= that is not base64";
    made.body_hash = std::move(*hash);
    made.bytes = std::move(*bytes);
    return {};
}

// Twelve digits at most (RFC 6376 section 3.5): until the year 33658.
fault read_time(const tag_list& tags, std::string_view name, std::optional<utc_seconds>& time) {
    const auto value = tags.value(name);
    if (!value) return {};
    const auto number = base::parse_number<std::uint64_t>(*value);
    if (!number || value->size() > 12) return "has a " + std::string(name) + "= that is no time";
    time = utc_seconds(std::chrono::seconds(*number));
    return {};
}

fault read_rest(const tag_list& tags, signature& made) {
    if (const auto length = tags.value("l")) {
        made.has_length = true;
        const bool digits = std::ranges::all_of(*length, base::is_digit);
        if (length->empty() || length->size() > 76 || !digits) return "has an l= that is no number";
    }
    if (const auto queries = tags.value("q")) {
        const auto known = colon_list(*queries);
        if (std::ranges::find(known, "dns/txt") == known.end()) return "has a q= that is unknown";
    }
    if (auto wrong = read_time(tags, "t", made.time); !wrong.empty()) return wrong;
    if (auto wrong = read_time(tags, "x", made.expiry); !wrong.empty()) return wrong;
    if (made.time && made.expiry && *made.expiry <= *made.time) return "expires before it is made";
    return {};
}

std::string_view value_of(std::string_view field) {
    field.remove_prefix(std::min(field.size(), field.find(':')));
    field.remove_prefix(std::min<std::size_t>(field.size(), 1));
    return field;
}

}  // namespace

base::result<signature, std::string> parse_signature(std::string_view field) {
    const auto tags = tag_list::parse(value_of(field));
    if (!tags) return "is no list of tags";
    if (auto wrong = missing_in(*tags); !wrong.empty()) return wrong;
    if (*tags->value("v") != "1") return "has a version that is unknown";
    const auto kind = algorithm_named(*tags->value("a"));
    if (!kind) return "has an algorithm that is unknown or no longer good";
    signature made{.kind = *kind};
    for (const auto read : {read_forms, read_owner, read_names, read_bytes, read_rest}) {
        if (auto wrong = read(*tags, made); !wrong.empty()) return wrong;
    }
    return made;
}

std::optional<std::string> signed_form(std::string_view field, canonical_form form) {
    const auto value = value_of(field);
    const auto tags = tag_list::parse(value);
    const auto* const found = tags ? tags->find("b") : nullptr;
    if (found == nullptr) return std::nullopt;
    const auto front = field.size() - value.size() + found->begin;
    auto kept = std::string(field.substr(0, front));
    kept += value.substr(found->end);
    if (form == canonical_form::relaxed) kept = relaxed_field(kept);
    if (kept.ends_with("\r\n")) kept.resize(kept.size() - 2);
    return kept;
}

}  // namespace kurir::dkim
