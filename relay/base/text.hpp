// Bytes of text as protocols see them: letters are those of ASCII, whatever the locale is.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace kurir::base {

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) noexcept {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

constexpr bool is_alphanumeric(char c) noexcept {
    return is_letter(c) || is_digit(c);
}

// White space within a line.
constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

// White space, the ends of lines included.
constexpr bool is_space(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// A byte that is not ASCII.
constexpr bool is_high(char c) noexcept {
    return static_cast<unsigned char>(c) > 0x7f;
}

bool has_high(std::string_view text) noexcept;

// Equal but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
bool starts_ignoring_case(std::string_view text, std::string_view prefix) noexcept;

// Whether the whole text fits a pattern in which each * stands for any characters, or for none;
// ASCII letters in any case.
bool fits_glob(std::string_view pattern, std::string_view text) noexcept;

// With ASCII letters as small ones, or as capitals; every other byte as it is.
std::string lowered(std::string_view text);
std::string uppered(std::string_view text);

inline constexpr std::string_view capital_hex_digits = "0123456789ABCDEF";

// Without the characters of `unwanted` at the begin, at the end, or at both.
inline constexpr std::string_view blanks = " \t";
inline constexpr std::string_view white_space = " \t\r\n";
std::string_view trimmed_front(std::string_view text, std::string_view unwanted = blanks) noexcept;
std::string_view trimmed_back(std::string_view text, std::string_view unwanted = blanks) noexcept;
std::string_view trimmed(std::string_view text, std::string_view unwanted = blanks) noexcept;

// The number that the whole text is: no sign, no space, nothing behind it, and it fits.
template <std::unsigned_integral Number>
std::optional<Number> parse_number(std::string_view text, int radix = 10) noexcept {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, radix);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace kurir::base
