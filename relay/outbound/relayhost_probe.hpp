// Tries one server of a relayhost as far as the first message: finds, connects, secures, logs in,
// and says QUIT. Nothing is sent.
//
// For `kurir relayhost check` and for the start of the relay; belongs to the thread of the
// resolver.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "dns/resolver.hpp"
#include "metrics/outbound.hpp"
#include "relay/config/live_config.hpp"
#include "relay/outbound/logins.hpp"
#include "relay/outbound/remote_tls.hpp"
#include "relay/outbound/route_table.hpp"

namespace kurir::outbound {

struct probe_step {
    std::string name;  // what was done: "connected"
    std::chrono::milliseconds took{};
    std::string detail;
};

struct probe_report {
    std::vector<probe_step> steps;  // that succeeded, in order
    std::string trouble = {};       // why there is no further one; empty: the server can be used
    std::string advice = {};
};

// All must outlive the probe.
struct probe_tools {
    const config::live_config& config;
    dns::resolver& resolver;
    kurir::outbound::logins& logins;
    remote_tls& tls;
    metrics::outbound& metrics;
};

struct probed_server {
    config::relayhost server;
    route_definition definition;  // of its route: how it is connected to
};

boost::asio::awaitable<probe_report> probe_relayhost(probe_tools tools, probed_server server);

}  // namespace kurir::outbound
