// A header field of any bytes as one that is ASCII, with lines of at most 998 bytes. Pure.
//
// - Text and comments get encoded words (RFC 2047), and so do names of people. White space and
//   words that are ASCII stay.
// - Values of parameters get the form of RFC 2231.
// - A mailbox whose address is not ASCII can't be said in ASCII: it becomes a group without members
//   that has the address in its name (RFC 6857 section 3.1.9), except that a domain becomes
//   A-labels.
#pragma once

#include <string>
#include <string_view>

namespace kurir::mime {

// `field`: with its continuation lines and its CRLF, which the last field of a message may lack.
// `declared`: the charset of text that is not UTF-8; empty: unknown. A field that is fit already
// stays as it is.
std::string ascii_field(std::string_view field, std::string_view declared);

// `boundary` in ASCII, the same for equal ones.
std::string ascii_boundary(std::string_view boundary);

}  // namespace kurir::mime
