// The time that counts carry: that of the wall clock, so that they hold after a restart.
#pragma once

#include <chrono>
#include <cstdint>

namespace kurir::quota {

using time_point = std::chrono::sys_time<std::chrono::milliseconds>;
using period = std::chrono::milliseconds;

// One of so many parts of a period, and not shorter.
constexpr period part_of(period length, int parts) noexcept {
    return (length + period(parts - 1)) / parts;
}

// Time is counted in slots, which are parts of a period: the number of the one that `now` is in.
inline std::int64_t slot_at(time_point now, period slot) noexcept {
    return std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()) / slot;
}

}  // namespace kurir::quota
