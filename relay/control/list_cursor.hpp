// Where a list of the queue goes on. What this node has claimed comes first, by slots; then, if
// several nodes share the queue, what nobody or another one has claimed, by messages and entries.
//
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "queue/backlog.hpp"
#include "queue/shared_store.hpp"

namespace kurir::control {

struct list_cursor {
    queue::backlog::slot item = 0;
    std::optional<queue::entry_name> other = {};  // then `item` counts for nothing

    // The first of what this node has not claimed.
    static list_cursor of_others() { return {.other = queue::entry_name()}; }

    bool operator==(const list_cursor&) const = default;
};

// "17", or "0H2K7R4ZV9C0D.17": the id of a message and the number of its entry.
std::string text_of(const list_cursor& cursor);
std::optional<list_cursor> list_cursor_named(std::string_view text);

}  // namespace kurir::control
