// Entries as text that `read_list` reads again (import.hpp). Pure.
#pragma once

#include <string>
#include <string_view>

#include "relay/suppression/entry.hpp"

namespace kurir::suppression {

// "*@example.com" for a domain: the form of people.
std::string shown_subject(const entry& entry);

// The line with the names of the columns, and the line of an entry; both with CRLF.
std::string csv_head();
void append_csv_row(std::string& target, const entry& entry);

// An object on a line of its own.
void append_json_line(std::string& target, const entry& entry);

}  // namespace kurir::suppression
