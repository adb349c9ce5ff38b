#include "relay/smtp/parameters.hpp"

#include <algorithm>

#include "relay/smtp/text.hpp"

namespace kurir::smtp {

namespace {

constexpr bool is_hex(char c) noexcept {
    return is_digit(c) || (c >= 'A' && c <= 'F');
}

// RFC 3461 section 4: printable, "+" begins two hexadecimal digits.
bool is_xtext(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] < 0x21 || text[at] > 0x7e) return false;
        if (text[at] != '+') continue;
        if (text.size() - at < 3 || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return false;
        at += 2;
    }
    return !text.empty();
}

// NEVER alone, or a list of the others.
bool is_notify(std::string_view text) noexcept {
    if (equal_ignoring_case(text, "NEVER")) return true;
    for (;;) {
        const auto comma = text.find(',');
        const auto word = text.substr(0, comma);
        const bool known = equal_ignoring_case(word, "SUCCESS") ||
                           equal_ignoring_case(word, "FAILURE") ||
                           equal_ignoring_case(word, "DELAY");
        if (!known) return false;
        if (comma == std::string_view::npos) return true;
        text.remove_prefix(comma + 1);
    }
}

// "rfc822;" and the address as xtext, or UTF-8 (RFC 6533 section 3).
bool is_original_recipient(std::string_view text) noexcept {
    const auto type = text.find(';');
    if (type == std::string_view::npos || type == 0) return false;
    const auto address = text.substr(type + 1);
    return is_xtext(address) || (has_high(address) && is_utf8(address));
}

parameter_check result_of(bool good) noexcept {
    return good ? parameter_check::ignored : parameter_check::bad_value;
}

}  // namespace

parameter_check check_unoffered_mail_parameter(const parameter& given) {
    const auto value = given.value.value_or("");
    if (equal_ignoring_case(given.keyword, "RET")) {
        return result_of(equal_ignoring_case(value, "FULL") || equal_ignoring_case(value, "HDRS"));
    }
    if (equal_ignoring_case(given.keyword, "ENVID")) return result_of(is_xtext(value));
    if (equal_ignoring_case(given.keyword, "AUTH")) return result_of(is_xtext(value));
    return parameter_check::unknown;
}

parameter_check check_unoffered_rcpt_parameter(const parameter& given) {
    const auto value = given.value.value_or("");
    if (equal_ignoring_case(given.keyword, "NOTIFY")) return result_of(is_notify(value));
    if (equal_ignoring_case(given.keyword, "ORCPT")) return result_of(is_original_recipient(value));
    return parameter_check::unknown;
}

}  // namespace kurir::smtp
