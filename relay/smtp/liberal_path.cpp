#include "relay/smtp/liberal_path.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/smtp/local_part.hpp"

namespace kurir::smtp {

namespace {

constexpr auto nowhere = std::string_view::npos;

// The position after the quoted string that begins at `at`; nowhere if it does not end.
std::size_t after_quoted(std::string_view text, std::size_t at) noexcept {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '"') return at + 1;
        if (text[at] == '\\') ++at;
    }
    return nowhere;
}

// The first character at or after `at` that is one of `wanted` and not in a quoted string; the size
// of `text` if there is none, nowhere if a quoted string does not end.
std::size_t find_unquoted(std::string_view text, std::string_view wanted, std::size_t at = 0) {
    while (at < text.size() && wanted.find(text[at]) == nowhere) {
        at = text[at] == '"' ? after_quoted(text, at) : at + 1;
        if (at == nowhere) return nowhere;
    }
    return at;
}

struct extent {
    std::string_view inside;   // without brackets and the white space within
    std::size_t consumed = 0;  // of the text
};

std::optional<extent> bracketed(std::string_view text, std::size_t opening) {
    const auto end = find_unquoted(text, "<>", opening + 1);
    if (end >= text.size() || text[end] != '>') return std::nullopt;
    return extent{base::trimmed(text.substr(opening + 1, end - opening - 1)), end + 1};
}

constexpr bool is_separator(char c) noexcept {
    return c == ',' || c == ';';
}

// Finds the address: in angle brackets, perhaps after a display name, or otherwise the first word.
// A display name has no "@", and no "=", which would be a parameter after a bare name.
std::optional<extent> find_one_address(std::string_view text) {
    const auto opening = find_unquoted(text, "<>@=");
    if (opening == nowhere) return std::nullopt;
    if (opening < text.size() && text[opening] == '<') return bracketed(text, opening);
    const auto end = find_unquoted(text, " \t<>");
    if (end == nowhere || end == 0) return std::nullopt;
    if (end < text.size() && !base::is_blank(text[end])) return std::nullopt;
    auto word = text.substr(0, end);
    if (is_separator(word.back())) word.remove_suffix(1);
    if (word.empty()) return std::nullopt;
    return extent{word, end};
}

// Includes the separator that remains of a list. A second address after it is not a parameter, so
// it is refused.
std::optional<extent> find_address(std::string_view text) {
    auto found = find_one_address(text);
    if (!found || found->consumed == text.size()) return found;
    if (is_separator(text[found->consumed])) ++found->consumed;
    return found;
}

// Reads words of atoms and dots, or in quotes, each quoted word by itself between dots. Returns
// their content, or nothing.
std::optional<std::string> local_content(std::string_view text) {
    std::string content;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c != '"') {
            if (!is_atext(c) && !base::is_high(c) && c != '.') return std::nullopt;
            content += c;
            ++at;
            continue;
        }
        const auto end = after_quoted(text, at);
        const bool begins = at == 0 || text[at - 1] == '.';
        if (!begins || end == nowhere || (end < text.size() && text[end] != '.')) {
            return std::nullopt;
        }
        for (++at; at < end - 1; ++at) {
            const bool escaped = text[at] == '\\';
            if (escaped) ++at;
            if (!is_quotable(text[at]) && (escaped || !base::is_high(text[at])))
                return std::nullopt;
            content += text[at];
        }
        at = end;
    }
    return content;
}

parsed<std::string> liberal_domain(std::string_view text) {
    parsed<std::string> result;
    if (text.starts_with('[')) {
        if (!text.ends_with(']') || text.size() < 3) return result;
        result.value = address_literal(text.substr(1, text.size() - 2), grammar::liberal);
        return result;
    }
    if (text.ends_with('.')) text.remove_suffix(1);
    std::string name = base::lowered(text);
    if (base::has_high(name)) {
        auto ascii = base::is_utf8(name) ? to_a_labels(name) : std::nullopt;
        if (!ascii) return result;
        name = std::move(*ascii);
    }
    if (name.size() > domain_max) return failure<std::string>(address_error::too_long);
    if (is_domain_name(name, grammar::liberal)) result.value = std::move(name);
    return result;
}

// Drops "@a,@b:" before an address (RFC 5321 appendix F.2). False if it is malformed.
bool drop_source_route(std::string_view& text) {
    while (text.starts_with('@')) {
        const bool literal = text.size() > 1 && text[1] == '[';
        const auto closed = literal ? text.find(']') : 0;
        if (closed == nowhere) return false;
        const auto end = text.find_first_of(",:", closed);
        if (end == nowhere || !liberal_domain(text.substr(1, end - 1))) return false;
        const bool last = text[end] == ':';
        text = base::trimmed(text.substr(end + 1));
        if (last) return true;
        if (!text.starts_with('@')) return false;
    }
    return true;
}

// Without a domain, the domain is empty.
parsed<mailbox> liberal_mailbox(std::string_view text) {
    if (!drop_source_route(text)) return failure<mailbox>(address_error::syntax);
    const auto at = find_unquoted(text, "@");
    if (at == nowhere || at == 0) return failure<mailbox>(address_error::syntax);
    const auto local = text.substr(0, at);
    const auto content = local_content(local);
    if (!content || !base::is_utf8(local)) return failure<mailbox>(address_error::syntax);

    parsed<mailbox> result;
    mailbox value;
    value.local_part = minimally_quoted(*content);
    value.utf8 = base::has_high(local);  // the domain's U-labels have become A-labels
    if (at < text.size()) {
        auto domain = liberal_domain(text.substr(at + 1));
        if (!domain) return failure<mailbox>(domain.error);
        value.domain = std::move(*domain.value);
    }
    result.value = std::move(value);
    return result;
}

parsed<path> path_of(const extent& found) {
    auto address = liberal_mailbox(found.inside);
    if (!address) return failure<path>(address.error);
    parsed<path> result;
    result.value.emplace();
    result.value->address = std::move(address.value);
    result.consumed = found.consumed;
    return result;
}

}  // namespace

parsed<path> parse_liberal_reverse_path(std::string_view text) {
    const auto found = find_address(text);
    if (!found) return failure<path>(address_error::syntax);
    if (!found->inside.empty()) return path_of(*found);
    parsed<path> null_path;
    null_path.value.emplace();
    null_path.consumed = found->consumed;
    return null_path;
}

parsed<path> parse_liberal_forward_path(std::string_view text) {
    const auto found = find_address(text);
    if (!found) return failure<path>(address_error::syntax);
    auto result = path_of(*found);
    if (!result) return result;
    auto& address = result.value->address;
    if (address->domain.empty() && base::equal_ignoring_case(address->local_part, "postmaster")) {
        result.value->postmaster = true;
        address.reset();
    }
    return result;
}

}  // namespace kurir::smtp
