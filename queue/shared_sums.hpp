// What is in a queue that several owners share, whoever has it: for metrics.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "queue/age_classes.hpp"
#include "queue/totals.hpp"

namespace kurir::queue {

// Of each class of age so many are counted at most.
inline constexpr std::uint64_t counted_by_age_max = 100'000;

struct shared_sums {
    store_totals totals;
    // Since the mail could be claimed that has waited longest for an owner; zero: none waits.
    std::chrono::milliseconds unclaimed{};

    // These are looked at less often.
    std::chrono::milliseconds oldest{};  // since the oldest message came; zero: there is none
    std::array<std::uint64_t, age_classes> messages_by_age{};
};

}  // namespace kurir::queue
