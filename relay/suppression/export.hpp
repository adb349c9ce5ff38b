// Entries as text that `read_list` reads again (import.hpp). Pure.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "relay/suppression/entry.hpp"

namespace kurir::suppression {

// "*@example.com" for a domain: the form of people.
std::string shown_subject(const entry& entry);

// The line with the names of the columns, and the line of an entry; both with CRLF.
std::string csv_head();
void append_csv_row(std::string& target, const entry& entry);

// With those of the fields that it has.
boost::json::object json_of(const entry& entry);

// The same on a line of its own.
void append_json_line(std::string& target, const entry& entry);

}  // namespace kurir::suppression
