// Reads lists of suppressed addresses: CSV, JSON lines, the JSON that APIs answer with, or plain
// addresses one a line. columns.hpp has the names of fields that are understood. Pure.
//
// What can be read is taken, and each line that can't is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/suppression/columns.hpp"
#include "relay/suppression/entry.hpp"

namespace kurir::suppression {

enum class list_format : std::uint8_t { automatic, csv, json };

struct import_mistake {
    std::size_t line = 0;  // from 1; of an element of a JSON document: its number
    std::string what;      // the end of a sentence about the line
    bool operator==(const import_mistake&) const = default;
};

struct import_result {
    static constexpr std::size_t told_max = 20;

    std::size_t entries = 0;             // that were read
    std::size_t bad = 0;                 // lines or elements that could not be read
    std::vector<import_mistake> told{};  // the first of these
};

// The longest list. A JSON document that is not one object a line is limited to a quarter of it,
// because it must be in memory as a whole.
inline constexpr std::size_t import_size_max = 64UL * 1024 * 1024;

// Gives each entry of `text` to `take`, in order.
import_result read_list(
    std::string_view text,
    list_format format,
    const import_defaults& defaults,
    const std::function<void(entry)>& take
);

}  // namespace kurir::suppression
