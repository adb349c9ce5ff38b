// Time that stands still from before a world of sockets is made until after its end.
#pragma once

#include "relay/net/clock.hpp"

namespace tests {

// To be the first base.
struct still_time {
    kurir::net::virtual_clock time;
};

}  // namespace tests
