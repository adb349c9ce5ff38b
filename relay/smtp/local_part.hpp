// Local-parts: the characters of their two forms, and their quoting (RFC 5321 section 4.1.2).
#pragma once

#include <string>
#include <string_view>

namespace kurir::smtp {

bool is_atext(char c) noexcept;

// True if the character may be in a quoted local-part, perhaps after a backslash. UTF-8 is not
// included.
constexpr bool is_quotable(char c) noexcept {
    return c >= 0x20 && c <= 0x7e;
}

// Atoms with single dots between them. UTF-8 counts as atext (RFC 6531).
bool is_dot_string(std::string_view text) noexcept;

// The content of a local-part with no more quoting than it needs, so that equal mailboxes have
// equal texts.
std::string minimally_quoted(std::string_view content);

}  // namespace kurir::smtp
