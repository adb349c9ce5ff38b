// Local-parts: the characters of their two forms, and their quoting (RFC 5321 section 4.1.2).
#pragma once

#include <string>
#include <string_view>

namespace kurir::smtp {

bool is_atext(char c) noexcept;

// May stand in a quoted local-part, if need be behind a backslash; UTF-8 aside.
constexpr bool is_quotable(char c) noexcept {
    return c >= 0x20 && c <= 0x7e;
}

// Atoms with single dots between them. UTF-8 counts as atext (RFC 6531).
bool is_dot_string(std::string_view text) noexcept;

// The content of a local-part with no more quoting than it needs, so that equal mailboxes have
// equal texts.
std::string minimally_quoted(std::string_view content);

}  // namespace kurir::smtp
