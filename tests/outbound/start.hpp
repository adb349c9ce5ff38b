// When the time of a test begins.
#pragma once

#include <chrono>

#include "relay/net/clock.hpp"

namespace tests {

inline constexpr kurir::net::clock::time_point start{std::chrono::hours(1)};

}  // namespace tests
