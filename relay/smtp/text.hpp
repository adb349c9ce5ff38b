// Bytes as SMTP sees them: ASCII without locale, and UTF-8 (RFC 3629).
#pragma once

#include <string>
#include <string_view>

namespace kurir::smtp {

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) noexcept {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

// A byte of a UTF-8 sequence that is not ASCII.
constexpr bool is_high(char c) noexcept {
    return static_cast<unsigned char>(c) > 0x7f;
}

// True if the texts are equal, ignoring the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
bool starts_ignoring_case(std::string_view text, std::string_view prefix) noexcept;

std::string lowered(std::string_view text);

bool has_high(std::string_view text) noexcept;

// Well-formed: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

}  // namespace kurir::smtp
