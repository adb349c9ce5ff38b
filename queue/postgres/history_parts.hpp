// When the parts of the table of history begin and end: the oldest is dropped as a whole when all
// are too large, or when it is too old. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace kurir::queue::postgres {

// Of all parts together.
struct history_limits {
    std::uint64_t size = 0;  // bytes on the server's disk
    std::chrono::milliseconds age{};

    // How large a part becomes, and how long it is the newest: a sixteenth, so that little is
    // dropped at once.
    std::uint64_t part_size() const noexcept;
    std::chrono::milliseconds part_age() const noexcept { return age / 16; }
};

struct history_part {
    std::int64_t number = 0;
    std::chrono::milliseconds age{};  // since it was begun
    std::uint64_t size = 0;           // bytes
};

struct parts_change {
    bool begins_new = false;
    std::vector<std::int64_t> drops;
    bool operator==(const parts_change&) const = default;
};

// `parts`: oldest first. The newest is never dropped.
parts_change change_of_parts(const std::vector<history_part>& parts, const history_limits& kept);

}  // namespace kurir::queue::postgres
