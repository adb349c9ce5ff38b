// What the columns of our tables mean: ids and names of entries, deliveries, sums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "queue/codec.hpp"
#include "queue/postgres/rows.hpp"
#include "queue/totals.hpp"

namespace kurir::queue::postgres {

inline std::int64_t column_of(message_id id) noexcept {
    return static_cast<std::int64_t>(id.value());
}

// The column `message` of rows of `subjects`, of which `id_of` tells the id.
template <class Subjects, class IdOf>
std::vector<std::int64_t> columns_of(const Subjects& subjects, IdOf id_of) {
    std::vector<std::int64_t> column;
    for (const auto& each : subjects)
        column.push_back(column_of(id_of(each)));
    return column;
}

// Rows that begin with a message, and an entry of it.
inline message_id id_at(const rows& found, std::size_t row) noexcept {
    return message_id(static_cast<std::uint64_t>(found.number(row, 0)));
}
inline entry_id entry_at(const rows& found, std::size_t row) noexcept {
    return entry_id(static_cast<std::uint64_t>(found.number(row, 1)));
}

// What an operator holds is due so much later in its column, so that nobody claims it unasked: any
// owner may take it, and end the hold.
inline std::chrono::milliseconds held_back(const delivery& waiting) {
    return waiting.terms->hold ? std::chrono::days(36500) : std::chrono::days(0);
}

// Of a row with message, number, the time until it is due, fence and delivery. `now`: the owner's
// clock.
inline decoded<delivery> delivery_at(const rows& found, std::size_t row, time_point now) {
    auto waiting = decode_delivery(id_at(found, row), found.bytes(row, 4));
    if (!waiting) return waiting;
    waiting->entry = entry_at(found, row);
    waiting->due = now + std::chrono::milliseconds(found.number(row, 2)) - held_back(*waiting);
    waiting->fence = static_cast<queue::fence>(found.number(row, 3));
    return waiting;
}

// What `sql::read_totals` answers.
inline store_totals totals_in(const rows& sums) noexcept {
    const auto at = [&](int column) { return static_cast<std::uint64_t>(sums.number(0, column)); };
    return {.messages = at(0), .recipients = at(1), .bytes = at(2)};
}

}  // namespace kurir::queue::postgres
