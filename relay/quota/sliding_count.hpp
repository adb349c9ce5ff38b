// How many events there were in the last minute, hour or day.
//
// The window slides. It is kept in slots of a sixtieth of the period, and a slot leaves as a whole
// once all of it is older than the period: so the count is never too low, and an event is forgotten
// a sixtieth of the period late at most. Pure; at most 61 slots, whatever comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "relay/quota/time.hpp"

namespace kurir::quota {

class sliding_count {
public:
    struct slot {
        std::int64_t number = 0;
        std::uint64_t events = 0;
        bool operator==(const slot&) const = default;
    };
    static constexpr int slots_in_period = 60;

    // At least a sixtieth of a second.
    explicit sliding_count(period length) : length_(length) {}

    void add(time_point now, std::uint64_t events = 1);

    // Takes events back that were added at `then`.
    void remove(time_point then, std::uint64_t events = 1);

    std::uint64_t count(time_point now);

    // When the count will be under `limit`, if nothing is added; `limit` is not 0.
    time_point under(std::uint64_t limit, time_point now);

    period length() const noexcept { return length_; }

    // As it is stored, and read again: in their order, at most 61.
    const std::deque<slot>& slots() const noexcept { return slots_; }
    bool restore(slot kept);

private:
    period slot_length() const noexcept { return part_of(length_, slots_in_period); }
    void forget(time_point now);

    period length_;
    std::deque<slot> slots_;
    std::uint64_t sum_ = 0;
};

}  // namespace kurir::quota
