// Text for the header and the parts of a generated message, all of it ASCII (RFC 5322, RFC 2045,
// RFC 6533). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kurir::message {

// Removes control characters, so that text from outside can't begin a new line.
std::string tame(std::string_view text);

// The maximum length of a line without its CRLF (RFC 5322 section 2.1.1). Servers refuse longer
// ones.
inline constexpr std::size_t line_max = 998;

// Without its CRLFs.
std::size_t longest_line(std::string_view text);

// "Name: value" with its CRLF, folded at spaces so that no line passes 78 bytes where that is
// possible. A word that is too long for any line is broken.
std::string header_field(std::string_view name, std::string_view value);

// `text`, whose lines end in CRLF, as quoted-printable (RFC 2045 section 6.7).
std::string quoted_printable(std::string_view text);

// A UTF-8 address in the form that an ASCII report gives it: utf-8-addr-xtext of RFC 6533 section
// 3, such as "j\x{FC}rgen@example.org". An ASCII address stays as it is.
std::string ascii_address(std::string_view address);

}  // namespace kurir::message
