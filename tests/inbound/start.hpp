// When the time of a test begins.
#pragma once

#include "relay/net/clock.hpp"

namespace tests {

inline const kurir::net::clock::time_point start{};

}  // namespace tests
