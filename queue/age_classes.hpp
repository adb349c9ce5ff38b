// The classes of age by which mail in the queue is counted.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace kurir::queue {

// A class goes from one limit to the next; the first from zero, the last for ever.
inline constexpr std::array<std::chrono::milliseconds, 6> age_limits{
    std::chrono::minutes(1),
    std::chrono::minutes(5),
    std::chrono::hours(1),
    std::chrono::hours(6),
    std::chrono::hours(24),
    std::chrono::hours(72)
};
inline constexpr std::size_t age_classes = age_limits.size() + 1;

// From 0 on.
inline std::size_t age_class(std::chrono::milliseconds age) noexcept {
    return static_cast<std::size_t>(std::ranges::upper_bound(age_limits, age) - age_limits.begin());
}

}  // namespace kurir::queue
