#include "relay/smtp/text.hpp"

#include <algorithm>
#include <cstdint>

namespace kurir::smtp {

namespace {

// Bytes of the sequence that `lead` begins, or 0; narrows what the second byte may be, which rules
// out overlong forms, surrogates and values above U+10FFFF.
std::size_t sequence_length(std::uint8_t lead, std::uint8_t& low, std::uint8_t& high) noexcept {
    low = 0x80;
    high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) return 2;
    if (lead >= 0xe0 && lead <= 0xef) {
        if (lead == 0xe0) low = 0xa0;
        if (lead == 0xed) high = 0x9f;
        return 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        if (lead == 0xf0) low = 0x90;
        if (lead == 0xf4) high = 0x8f;
        return 4;
    }
    return 0;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return lower(x) == lower(y);
    });
}

bool starts_ignoring_case(std::string_view text, std::string_view prefix) noexcept {
    return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

bool has_high(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), is_high);
}

bool is_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        if (!is_high(text[at])) {
            ++at;
            continue;
        }
        std::uint8_t low = 0;
        std::uint8_t high = 0;
        const std::size_t length = sequence_length(static_cast<std::uint8_t>(text[at]), low, high);
        if (length == 0 || text.size() - at < length) return false;
        for (std::size_t i = 1; i < length; ++i) {
            const auto byte = static_cast<std::uint8_t>(text[at + i]);
            if (byte < low || byte > high) return false;
            low = 0x80;
            high = 0xbf;
        }
        at += length;
    }
    return true;
}

}  // namespace kurir::smtp
