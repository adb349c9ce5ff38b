// When the time of a test begins.
#pragma once

#include <chrono>

#include "relay/net/clock.hpp"

namespace kurir::oauth::testing {

inline const net::clock::time_point start{std::chrono::hours(1000)};

}  // namespace kurir::oauth::testing
