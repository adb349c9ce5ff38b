// Asks another process's /readyz, and waits: for `kurir health`, which runs in a container's
// health check.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <string>

namespace kurir::admin {

struct health {
    bool ready = false;
    std::string report;  // the checks that failed, or why there is no answer; empty when ready
};

// Blocks for at most `limit`. An unspecified address is asked on the loopback.
health health_of(
    boost::asio::ip::tcp::endpoint endpoint,
    std::chrono::milliseconds limit = std::chrono::seconds(3)
);

}  // namespace kurir::admin
