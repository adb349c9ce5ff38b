// Comma-separated values (RFC 4180). Pure.
//
// Lines end with CRLF or LF. A quote within a field that does not begin with one is a character
// like others. The separator may be another than a comma, because some spreadsheets write
// semicolons.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::suppression {

struct csv_row {
    std::size_t line = 0;  // where it begins, from 1
    std::vector<std::string> fields = {};
    std::string mistake = {};  // the end of a sentence about the row; empty: none
};

class csv_reader {
public:
    // `text` must outlive the reader; a byte order mark at its begin is skipped.
    explicit csv_reader(std::string_view text, char separator = ',');

    // The next row that is not an empty line; none at the end. After one with a mistake it goes on
    // with the line after the one where that row began.
    std::optional<csv_row> next();

private:
    bool take_field(csv_row& row);
    bool take_quoted(csv_row& row);
    bool at_line_end() const noexcept;
    void end_line();

    std::string_view rest_;
    const char separator_;
    std::size_t line_ = 1;
};

// Appends the fields as a line, each in quotes if it needs them.
void append_csv(std::string& target, const std::vector<std::string_view>& fields);

}  // namespace kurir::suppression
