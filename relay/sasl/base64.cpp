#include "relay/sasl/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace kurir::sasl {

namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t not_a_digit = 64;

constexpr std::array<std::uint8_t, 256> value_of = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(not_a_digit);
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

}  // namespace

std::string encode_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    while (!bytes.empty()) {
        const auto group = bytes.substr(0, 3);
        bytes.remove_prefix(group.size());
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= group.size() ? digits[bits >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    while (!text.empty()) {
        auto group = text.substr(0, 4);
        text.remove_prefix(4);
        if (text.empty() && group.ends_with('=')) {
            group.remove_suffix(group.ends_with("==") ? 2 : 1);
        }
        std::uint32_t bits = 0;
        for (const char c : group) {
            const auto value = value_of[static_cast<unsigned char>(c)];
            if (value == not_a_digit) return std::nullopt;
            bits = bits << 6 | value;
        }
        // What is left of the last digit is zero, or two texts would mean the same.
        const auto unused = group.size() * 6 % 8;
        if (group.size() < 2 || (bits & ((1U << unused) - 1)) != 0) return std::nullopt;
        bits >>= unused;
        for (auto left = group.size() * 6 / 8; left > 0; --left)
            bytes += static_cast<char>(bits >> (8 * (left - 1)) & 0xff);
    }
    return bytes;
}

}  // namespace kurir::sasl
