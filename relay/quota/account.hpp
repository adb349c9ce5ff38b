// What is counted for one client: its messages, its recipients, what is usual.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "relay/quota/distinct_count.hpp"
#include "relay/quota/sliding_count.hpp"
#include "relay/quota/time.hpp"
#include "relay/quota/usual_rate.hpp"

namespace kurir::quota {

inline constexpr period runaway_period = std::chrono::hours(1);

// Of a client that is stopped because it sends far more than usual.
struct runaway_stop {
    std::uint64_t threshold = 0;          // messages in an hour
    sliding_count asked{runaway_period};  // messages that were deferred
};

struct account {
    std::vector<sliding_count> messages;  // of each period that some limit has
    std::vector<distinct_count> recipients;
    usual_rate usual;
    std::optional<runaway_stop> stopped;
    time_point touched{};

    sliding_count& messages_in(period length);
    distinct_count& recipients_in(period length);

    // Nothing is counted any more, so that it may be forgotten.
    bool is_empty(time_point now);
    std::size_t remembered() const;  // recipients
};

}  // namespace kurir::quota
