#include "relay/log/escape.hpp"

namespace kurir::log {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

unsigned char byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// How many bytes the UTF-8 sequence at the start of `text` has; 0 if it is none (RFC 3629 4).
std::size_t sequence_length(std::string_view text) {
    const auto first = byte_at(text, 0);
    const auto second = byte_at(text, 1);
    const auto continues = [text](std::size_t at) { return (byte_at(text, at) & 0xc0U) == 0x80; };
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const bool overlong = first == 0xe0 && second < 0xa0;
        const bool surrogate = first == 0xed && second > 0x9f;
        return !overlong && !surrogate && continues(1) && continues(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const bool overlong = first == 0xf0 && second < 0x90;
        const bool beyond = first == 0xf4 && second > 0x8f;
        return !overlong && !beyond && continues(1) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

constexpr bool is_plain(unsigned char byte) {
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

void append_hex(std::string& to, unsigned char byte) {
    to += hex_digits[byte >> 4U];
    to += hex_digits[byte & 0xfU];
}

void append_ascii(std::string& to, unsigned char byte, notation as) {
    switch (byte) {
        case '"':
        case '\\':
            to += '\\';
            to += static_cast<char>(byte);
            return;
        case '\n':
            to += "\\n";
            return;
        case '\r':
            to += "\\r";
            return;
        case '\t':
            to += "\\t";
            return;
        default:
            to += as == notation::json ? "\\u00" : "\\x";
            append_hex(to, byte);
    }
}

// Appends the sequence of one character, or the one byte that begins none; returns its length.
std::size_t append_one(std::string& to, std::string_view text, notation as) {
    const auto length = sequence_length(text);
    const auto first = byte_at(text, 0);
    if (length == 0) {
        to += as == notation::json ? "\\\\x" : "\\x";
        append_hex(to, first);
        return 1;
    }
    if (length == 1) {
        append_ascii(to, first, as);
    } else if (length == 2 && first == 0xc2 && byte_at(text, 1) < 0xa0) {
        to += "\\u00";  // C1: some terminals obey these
        append_hex(to, byte_at(text, 1));
    } else {
        to.append(text.substr(0, length));
    }
    return length;
}

}  // namespace

void append_escaped(std::string& to, std::string_view text, notation as, std::size_t limit) {
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
        to.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (!text.empty()) text.remove_prefix(append_one(to, text, as));
    }
    if (cut) to += "\u2026";
}

}  // namespace kurir::log
