// Pieces of the suppression list, for people and for files. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/suppression/entry.hpp"
#include "relay/suppression/import.hpp"
#include "relay/suppression/suppression_list.hpp"

namespace kurir::suppression {

// Which entries are wanted. An empty text asks nothing.
struct filter {
    std::string address = {};  // a pattern: * stands for any characters; without regard to case
    std::optional<std::string> tenant = {};  // of this tenant; "": for everybody
    std::string reason = {};                 // has this text, without regard to case
    std::optional<kurir::suppression::origin> origin = {};
    bool with_expired = false;
};

bool matches(const filter& filter, const entry& entry, seconds_time now);

struct page {
    std::vector<entry> entries;  // in the order of their addresses
    std::string next = {};       // the cursor of the next page; empty: it is the last one
};

// A call looks at so many entries at most, whether they match or not.
inline constexpr std::size_t looked_at_max = 50'000;

// `limit` entries at most from `cursor` on: the `next` of the page before, or nothing. A page may
// have fewer entries, or none, and still have a next one.
page page_of(
    const suppression_list& list,
    const filter& filter,
    std::string_view cursor,
    std::size_t limit,
    seconds_time now
);

struct text_piece {
    std::string text;
    std::string next = {};  // as of a page
};

// Entries as `read_list` (import.hpp) reads them, some thousand of them: as CSV with its head where
// `cursor` is empty, or as JSON lines.
text_piece text_of_list(const suppression_list& list, std::string_view cursor, list_format format);

}  // namespace kurir::suppression
