// All fields of a header section, as they stand in the message. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "relay/message/header_scan.hpp"

namespace kurir::message {

struct listed_field {
    std::string_view name;  // as it is written, without the white space before the colon
    std::size_t begin = 0;  // in the message
    std::size_t value = 0;  // behind the colon
    std::size_t end = 0;    // with its continuation lines and their line ends
};

// In their order. Lines that are neither fields nor continuations are not listed; there are none
// in a section that `header_scan` has found.
std::vector<listed_field> fields_of(std::string_view message, const header_facts& facts);

}  // namespace kurir::message
