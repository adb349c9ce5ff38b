// When to try a deferred recipient again, and when to give up (decision 25).
//
// The pause doubles with every attempt, from `first` up to `longest`. It is spread by up to
// `jitter` either way, so that mail deferred together does not return together. A recipient that
// was greylisted at its first attempt returns early. A message older than `lifetime` is given up,
// but never without an attempt: the caller has just made one.
//
// A clock that jumps by years neither expires the queue nor blocks it (Q023).
//
// Pure: the caller supplies ages, clock readings and the random draw.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "queue/message.hpp"

namespace kurir::queue {

// The state of a recipient after an attempt that deferred it.
struct attempt_facts {
    std::uint32_t attempts = 1;       // made so far, this one included: at least 1
    std::chrono::milliseconds age{};  // since the message was received
    bool greylisted = false;          // this was the first attempt, and only greylisted
    std::optional<std::chrono::milliseconds> hint{};  // the server's hint when greylisting
};

struct backoff {
    std::chrono::milliseconds first{std::chrono::minutes(5)};
    std::chrono::milliseconds longest{std::chrono::hours(2)};
    std::chrono::milliseconds lifetime{std::chrono::hours(96)};
    double jitter = 0.2;

    // The pause before the next attempt, or nothing when the recipient is given up. `draw` is in
    // [0, 1).
    std::optional<std::chrono::milliseconds> next(const attempt_facts& facts, double draw) const;

    // The longest pause that `next` ever gives.
    std::chrono::milliseconds pause_max() const;
};

// `due`, or an earlier time if `due` is further ahead than any pause allows: then the clock was
// wrong when it was written. Spread by `draw` over `pause_max`.
time_point plausible_due(
    time_point due, time_point now, std::chrono::milliseconds pause_max, double draw
);

}  // namespace kurir::queue
