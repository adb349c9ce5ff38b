#include "relay/log/escape.hpp"

#include <algorithm>
#include <iterator>

#include "relay/base/utf8.hpp"

namespace kurir::log {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

unsigned char byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// Characters beyond ASCII that are escaped: C1 controls, the categories Z (separators) and Cf
// (format) of Unicode 15, fillers, variation selectors, and code points that are not characters.
constexpr struct {
    char32_t first;
    char32_t last;
} unseen[] = {
    {0x80, 0xa0},       {0xad, 0xad},       {0x34f, 0x34f},     {0x600, 0x605},
    {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
    {0x8e2, 0x8e2},     {0x115f, 0x1160},   {0x1680, 0x1680},   {0x17b4, 0x17b5},
    {0x180b, 0x180f},   {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},
    {0x2800, 0x2800},   {0x3000, 0x3000},   {0x3164, 0x3164},   {0xfdd0, 0xfdef},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
    {0xfffe, 0xffff},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

constexpr bool is_unseen(char32_t point) {
    const auto* found =
        std::ranges::lower_bound(unseen, point, {}, [](const auto& range) { return range.last; });
    return (found != std::end(unseen) && found->first <= point) || (point & 0xfffeU) == 0xfffeU;
}

constexpr bool is_plain(unsigned char byte) {
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

void append_hex(std::string& output, unsigned char byte) {
    output += hex_digits[byte >> 4U];
    output += hex_digits[byte & 0xfU];
}

void append_hex(std::string& output, char32_t value, int digits) {
    while (digits-- > 0)
        output += hex_digits[value >> (4 * digits) & 0xfU];
}

void append_unseen(std::string& output, char32_t point, notation as) {
    if (point < 0x10000) {
        output += "\\u";
        append_hex(output, point, 4);
    } else if (as == notation::text) {
        output += "\\U";
        append_hex(output, point, 8);
    } else {  // JSON has UTF-16 in its escapes
        output += "\\u";
        append_hex(output, 0xd800 + ((point - 0x10000) >> 10U), 4);
        output += "\\u";
        append_hex(output, 0xdc00 + ((point - 0x10000) & 0x3ffU), 4);
    }
}

void append_ascii(std::string& output, unsigned char byte, notation as) {
    switch (byte) {
        case '"':
        case '\\':
            output += '\\';
            output += static_cast<char>(byte);
            return;
        case '\n':
            output += "\\n";
            return;
        case '\r':
            output += "\\r";
            return;
        case '\t':
            output += "\\t";
            return;
        default:
            output += as == notation::json ? "\\u00" : "\\x";
            append_hex(output, byte);
    }
}

// Appends one character, or one byte that begins no valid character; returns its length.
std::size_t append_one(std::string& output, std::string_view text, notation as) {
    const auto first = base::first_character(text);
    if (!first) {
        output += as == notation::json ? "\\\\x" : "\\x";
        append_hex(output, byte_at(text, 0));
        return 1;
    }
    if (first->size == 1) {
        append_ascii(output, byte_at(text, 0), as);
    } else if (is_unseen(first->code_point)) {
        append_unseen(output, first->code_point, as);
    } else {
        output.append(text.substr(0, first->size));
    }
    return first->size;
}

}  // namespace

void append_escaped(std::string& output, std::string_view text, notation as, std::size_t limit) {
    const bool cut = text.size() > limit;
    if (cut) {
        // Not within a character.
        while (limit > 0 && (byte_at(text, limit) & 0xc0U) == 0x80)
            --limit;
        text = text.substr(0, limit);
    }
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && is_plain(byte_at(text, plain)))
            ++plain;
        output.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (!text.empty()) text.remove_prefix(append_one(output, text, as));
    }
    if (cut) output += "\u2026";
}

}  // namespace kurir::log
