// Makes text from any source safe for one line of JSON or of plain text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kurir::log {

enum class notation : std::uint8_t {
    json,  // the text between the quotes of a JSON string
    text,  // the same, with \n, \x1b, \u0085 and \U000e0001 for what can't be shown
};

// Appends `text`, without what would end the line, steer a terminal, hide, pass for white space or
// be no UTF-8. Escaped are quotes, backslashes, control characters (C1 ones included), and of the
// rest of Unicode separators, format characters and others without a glyph: U+2028, U+202E, U+FEFF.
// A byte that is no UTF-8 is written \x80 (in JSON with its backslash doubled). What follows the
// first `limit` bytes is cut, and replaced by "…".
void append_escaped(std::string& to, std::string_view text, notation as, std::size_t limit);

}  // namespace kurir::log
