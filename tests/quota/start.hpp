// When the time of a test begins.
#pragma once

#include <chrono>

#include "relay/quota/time.hpp"

namespace kurir::quota::testing {

inline const time_point start{std::chrono::hours(490'000)};

}  // namespace kurir::quota::testing
