// A table as text, in a setting or in the file that KURIR_X_FILE names: one entry or several on a
// line, and comments.
//
//   # what follows a # at the start of a line, or after a blank, is a comment
//   gmail.com=10/s
//   *.outlook.com=200/min   # so is this
//
// Lines end with LF or CRLF. Blanks around a line's content and empty lines don't matter. Mistakes
// are reported with the number of the line, unless the text has only one line. Where entries have
// something between them on a line, as in a variable, each entry of a text that is one line counts
// as a line: who reads "line 3" finds it by counting. A table has at most
// `table_lines_max` lines, and as a file at most the bytes that any setting's file may have
// (`host::read`). Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::config {

constexpr std::size_t table_lines_max = 100'000;

// Reads one line's content, not empty; returns what is wrong with it, as the end of a sentence.
using line_reader = std::function<std::optional<std::string>(std::string_view line)>;
using numbered_line_reader =
    std::function<std::optional<std::string>(std::string_view line, std::size_t number)>;

// Takes the entry at the front of a line, without blanks around it, and what separates it from the
// next one.
using entry_taker = std::string_view (*)(std::string_view& line);

// Gives each line with content to `read`, until something is wrong: returns that, as the end of a
// sentence.
std::optional<std::string> read_table(std::string_view text, const line_reader& read);

// The same with each entry of each line.
std::optional<std::string> read_table(
    std::string_view text, entry_taker take, const numbered_line_reader& read
);

// The entry at the front of a line that may have several: it ends with a `;` that is not in quotes.
// Without blanks around it; may be empty.
std::string_view take_entry(std::string_view& line);

}  // namespace kurir::config
