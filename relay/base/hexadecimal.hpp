// Bytes as people compare them.
#pragma once

#include <string>
#include <string_view>

namespace kurir::base {

// Two digits for each byte, with small letters.
inline std::string in_hexadecimal(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto value = static_cast<unsigned char>(c);
        text += digits[value >> 4];
        text += digits[value & 15];
    }
    return text;
}

}  // namespace kurir::base
