#include "relay/suppression/entry.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/smtp/liberal_path.hpp"

namespace kurir::suppression {

namespace {

bool is_control(char32_t c) noexcept {
    constexpr char32_t del = 0x7f;
    constexpr char32_t last = 0x9f;  // of the C1 set
    constexpr char32_t line_separator = 0x2028;
    constexpr char32_t paragraph_separator = 0x2029;
    return c < ' ' || (c >= del && c <= last) || c == line_separator || c == paragraph_separator;
}

// By the grammar that a client's RCPT may use, but without its blanks: what has some in a list is
// hardly an address.
std::optional<smtp::mailbox> read_address(std::string_view text) {
    if (auto strict = smtp::parse_mailbox(text, true)) return std::move(strict.value);
    if (std::ranges::any_of(text, base::is_space)) return std::nullopt;
    auto liberal = smtp::parse_liberal_forward_path(text);
    if (!liberal || liberal.consumed != text.size()) return std::nullopt;
    auto& address = liberal.value->address;
    if (!address || address->domain.empty()) return std::nullopt;
    return std::move(address);
}

}  // namespace

std::string subject_of(const smtp::mailbox& address) {
    return base::lowered(address.local_part) + '@' + address.domain;
}

std::optional<std::string> read_subject(std::string_view text) {
    text = base::trimmed(text, base::white_space);
    if (text.size() > longest::subject) return std::nullopt;
    if (text.starts_with("*@")) text.remove_prefix(1);
    const bool is_address = text.find('@') != std::string_view::npos && !text.starts_with('@');
    std::string full(text);
    if (!is_address) full = (text.starts_with('@') ? "x" : "x@") + full;
    const auto address = read_address(full);
    if (!address || address->domain.find('.') == std::string::npos) {
        const bool literal = address && address->domain.starts_with('[');
        if (!literal) return std::nullopt;
    }
    auto subject = is_address ? subject_of(*address) : '@' + address->domain;
    if (subject.size() > longest::subject || !is_plain_text(subject)) return std::nullopt;
    return subject;
}

std::optional<std::string> read_tenant(std::string_view text) {
    text = base::trimmed(text, base::white_space);
    if (text.starts_with('@')) text.remove_prefix(1);
    if (text.size() > longest::tenant || !is_plain_text(text)) return std::nullopt;
    if (!base::has_high(text)) return base::lowered(text);
    // A domain in U-labels, or a user's name that is not ASCII.
    const auto labels = smtp::to_a_labels(std::string(text));
    const bool is_domain = labels && text.find('.') != std::string_view::npos;
    return is_domain && labels->size() <= longest::tenant ? *labels : base::lowered(text);
}

bool is_plain_text(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto next = base::first_character(text);
        if (!next || is_control(next->code_point)) return false;
        text.remove_prefix(next->size);
    }
    return true;
}

std::string plain_text(std::string_view text, std::size_t most) {
    std::string plain;
    while (!text.empty()) {
        const auto next = base::first_character(text);
        const std::size_t size = next ? next->size : 1;
        const auto shown = !next                          ? std::string_view("?")
                           : is_control(next->code_point) ? std::string_view(" ")
                                                          : text.substr(0, size);
        if (plain.size() + shown.size() > most) break;
        plain.append(shown);
        text.remove_prefix(size);
    }
    return std::string(base::trimmed(plain));
}

std::optional<std::string> mistake_in(const entry& entry) {
    if (entry.subject.empty()) return "names no address";
    if (read_subject(entry.subject) != entry.subject) return "has a subject that is no address";
    if (read_tenant(entry.tenant) != entry.tenant) return "has a tenant that is no name";
    if (entry.added_by.size() > longest::name || !is_plain_text(entry.added_by)) {
        return "has a name of its author that is too long or no plain text";
    }
    if (entry.reason.size() > longest::reason || !is_plain_text(entry.reason)) {
        return "has a reason of more than " + std::to_string(longest::reason) +
               " bytes, or one that is no plain text";
    }
    return std::nullopt;
}

}  // namespace kurir::suppression
