// Words of a header field for text that is not ASCII (RFC 2047). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kurir::mime {

// What the bytes of `text` are: "utf-8" if they are; else `declared`, or "unknown-8bit" (RFC 1428)
// if that is empty. ASCII is "us-ascii".
std::string charset_of(std::string_view text, std::string_view declared);

// `text`, of any bytes, as words of at most 75 bytes, of which each has whole characters. They may
// stand in text, in a comment and in a phrase. White space between them does not count.
std::vector<std::string> encoded_words(std::string_view text, std::string_view charset);

// Has the form of such a word.
bool is_encoded_word(std::string_view word) noexcept;

// A charset that may be named in one: a token of at most 40 bytes that is an extension of ASCII.
bool is_charset_name(std::string_view name) noexcept;

}  // namespace kurir::mime
