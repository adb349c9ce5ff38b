#include "relay/mime/encoded_words.hpp"

#include <algorithm>
#include <array>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/sasl/base64.hpp"

namespace kurir::mime {

namespace {

constexpr std::size_t encoded_word_max = 75;

// In phrases no other is allowed (RFC 2047 section 5 (3)).
bool is_plain_in_phrase(char c) {
    return base::is_alphanumeric(c) || std::string_view("!*+-/").find(c) != std::string_view::npos;
}

std::size_t width_in_q(char c) {
    return is_plain_in_phrase(c) || c == ' ' ? 1 : 3;
}

std::string in_q(std::string_view text) {
    std::string coded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == ' ') {
            coded += '_';
        } else if (is_plain_in_phrase(c)) {
            coded += c;
        } else {
            coded +=
                {'=', base::capital_hex_digits[byte >> 4], base::capital_hex_digits[byte & 0xf]};
        }
    }
    return coded;
}

// Charsets of East Asia, in which a high byte begins a character of two.
bool has_pairs(std::string_view charset) {
    static constexpr std::array<std::string_view, 9> names{
        "gb", "big5", "euc-", "shift", "sjis", "ks_c", "windows-31j", "windows-949", "cp9"
    };
    return std::ranges::any_of(names, [charset](std::string_view each) {
        return base::starts_ignoring_case(charset, each);
    });
}

std::size_t character_size(std::string_view text, std::string_view charset) {
    if (charset == "utf-8") {
        const auto first = base::first_character(text);
        return first ? first->size : 1;
    }
    const bool pair = base::is_high(text.front()) && text.size() > 1 && has_pairs(charset);
    return pair ? 2 : 1;
}

}  // namespace

std::string charset_of(std::string_view text, std::string_view declared) {
    if (!base::has_high(text)) return "us-ascii";
    if (base::is_utf8(text)) return "utf-8";
    return declared.empty() ? "unknown-8bit" : std::string(declared);
}

std::vector<std::string> encoded_words(std::string_view text, std::string_view charset) {
    std::size_t q_size = 0;
    for (const char c : text)
        q_size += width_in_q(c);
    const bool by_q = q_size <= text.size() * 3 / 2;
    const auto begin = "=?" + std::string(charset) + (by_q ? "?q?" : "?b?");
    const auto room = encoded_word_max - begin.size() - 2;

    std::vector<std::string> words;
    while (!text.empty()) {
        std::size_t size = 0;
        std::size_t q = 0;
        while (size < text.size()) {
            const auto rest = text.substr(size);
            const auto character = rest.substr(0, character_size(rest, charset));
            for (const char c : character)
                q += width_in_q(c);
            const auto width = by_q ? q : (size + character.size() + 2) / 3 * 4;
            if (width > room && size > 0) break;
            size += character.size();
        }
        const auto part = text.substr(0, size);
        words.push_back(begin + (by_q ? in_q(part) : sasl::encode_base64(part)) + "?=");
        text.remove_prefix(size);
    }
    return words;
}

bool is_encoded_word(std::string_view word) noexcept {
    return word.size() > 6 && word.starts_with("=?") && word.ends_with("?=") &&
           std::ranges::count(word, '?') == 4;
}

bool is_charset_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > 40) return false;
    if (base::starts_ignoring_case(name, "utf-") || base::equal_ignoring_case(name, "us-ascii") ||
        base::starts_ignoring_case(name, "iso-2022")) {
        return false;
    }
    return std::ranges::all_of(name, [](char c) {
        return base::is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == ':';
    });
}

}  // namespace kurir::mime
