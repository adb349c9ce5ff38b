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

// Appends `text`, and escapes what would end the line, control a terminal, be invisible, look like
// white space or be invalid UTF-8: quotes, backslashes, control characters (C1 ones included), and
// of the rest of Unicode separators, format characters and others without a glyph: U+2028, U+202E,
// U+FEFF. A byte that is not UTF-8 is written \x80 (in JSON with its backslash doubled). Text after
// the first `limit` bytes is replaced by "…".
void append_escaped(std::string& output, std::string_view text, notation as, std::size_t limit);

}  // namespace kurir::log
