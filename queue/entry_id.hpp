// The store's names for what it hands out: entries of the schedule, and claims of them.
#pragma once

#include <cstdint>

#include "queue/message_id.hpp"

namespace kurir::queue {

// The name of an entry among those of its message. The store that made it knows what it means;
// everybody else keeps it, compares it and gives it back. An entry keeps its name, and one that
// takes the place of a settled one has another. A delivery that was not announced has no name yet.
class entry_id {
public:
    constexpr entry_id() = default;
    // For stores. `number` is not zero.
    constexpr explicit entry_id(std::uint64_t number, std::uint32_t part = 0)
        : number_(number), part_(part) {}

    constexpr std::uint64_t number() const noexcept { return number_; }
    constexpr std::uint32_t part() const noexcept { return part_; }
    constexpr bool is_given() const noexcept { return number_ != 0; }
    constexpr auto operator<=>(const entry_id&) const = default;

private:
    std::uint64_t number_ = 0;
    std::uint32_t part_ = 0;
};

// Which claim of an entry it is: each one has a larger number than the one before. A store refuses
// what comes from an earlier claim (`errc::lost`), however late it comes.
using fence = std::uint32_t;

// Of whoever put the entry into the queue, also if it was not due then. Stores without claims have
// none.
inline constexpr fence first_fence = 1;

// An entry that was announced, and so is claimed.
struct claimed {
    message_id id;
    entry_id entry;
    queue::fence fence = 0;
    bool operator==(const claimed&) const = default;
};

}  // namespace kurir::queue
