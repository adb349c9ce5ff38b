// What a governor may do at most, as tests of it have it.
#pragma once

#include <chrono>

#include "relay/outbound/governor.hpp"

namespace tests {

inline const kurir::outbound::governor::limits usual_limits{
    .concurrency_max = 20,
    .pause_min = std::chrono::seconds(60),
    .pause_max = std::chrono::seconds(600),
};

}  // namespace tests
