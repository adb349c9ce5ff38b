#include "relay/message/ascii_text.hpp"

#include <algorithm>
#include <cstdint>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"

namespace kurir::message {

namespace {

std::string hex(std::uint32_t value) {
    std::string digits;
    do {
        digits.insert(digits.begin(), base::capital_hex_digits[value & 0xf]);
        value >>= 4;
    } while (value != 0);
    return digits;
}

// Removes and returns the first code point of `text`. Addresses were checked to be UTF-8 when they
// were received; other text is taken byte by byte.
std::uint32_t take_code_point(std::string_view& text) {
    const base::utf8_character one_byte{static_cast<unsigned char>(text.front()), 1};
    const auto first = base::first_character(text).value_or(one_byte);
    text.remove_prefix(first.size);
    return first.code_point;
}

}  // namespace

std::string tame(std::string_view text) {
    std::string result(text);
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    std::replace_if(result.begin(), result.end(), is_control, '?');
    return result;
}

std::size_t longest_line(std::string_view text) {
    std::size_t longest = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find("\r\n"), text.size());
        longest = std::max(longest, end);
        text.remove_prefix(std::min(text.size(), end + 2));
    }
    return longest;
}

std::string header_field(std::string_view name, std::string_view value) {
    constexpr std::size_t wanted_max = 76;
    constexpr std::size_t word_max = 900;
    std::string text = std::string(name) + ':';
    std::size_t column = text.size();
    while (!value.empty()) {
        const auto word = value.substr(0, std::min(value.find(' '), word_max));
        value.remove_prefix(word.size());
        if (value.starts_with(' ')) value.remove_prefix(1);
        if (column > name.size() + 1 && column + 1 + word.size() > wanted_max) {
            text += "\r\n";
            column = 0;
        }
        text += ' ';
        text += word;
        column += 1 + word.size();
    }
    return text + "\r\n";
}

std::string quoted_printable(std::string_view text) {
    constexpr std::size_t coded_max = 75;  // and the "=" of a soft line break
    std::string coded;
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i, 2) == "\r\n") {
            coded += "\r\n";
            column = 0;
            ++i;
            continue;
        }
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool at_end = text.substr(i + 1, 2) == "\r\n" || i + 1 == text.size();
        const bool blank = byte == ' ' || byte == '\t';
        const bool plain = (byte > ' ' && byte < 0x7f && byte != '=') || (blank && !at_end);
        const std::size_t width = plain ? 1 : 3;
        if (column + width > coded_max) {
            coded += "=\r\n";
            column = 0;
        }
        if (plain) {
            coded += text[i];
        } else {
            coded +=
                {'=', base::capital_hex_digits[byte >> 4], base::capital_hex_digits[byte & 0xf]};
        }
        column += width;
    }
    return coded;
}

std::string ascii_address(std::string_view address) {
    if (!base::has_high(address)) return tame(address);
    std::string coded;
    while (!address.empty()) {
        const auto point = take_code_point(address);
        const bool plain =
            point > ' ' && point < 0x7f && point != '\\' && point != '+' && point != '=';
        if (plain) {
            coded += static_cast<char>(point);
        } else {
            coded += "\\x{" + hex(point) + '}';
        }
    }
    return coded;
}

}  // namespace kurir::message
