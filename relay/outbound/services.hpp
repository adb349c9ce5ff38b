// The services that every part of delivery needs: one value, filled by the composition root.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <vector>

#include "metrics/metrics.hpp"
#include "queue/store.hpp"
#include "relay/config/live_config.hpp"
#include "relay/outbound/habits.hpp"

namespace kurir::outbound {

// All references must outlive every object that gets this value.
struct services {
    const config::live_config& config;  // of which each attempt takes a snapshot
    queue::store& store;
    metrics::outbound& metrics;
    metrics::queue& queue_metrics;
    metrics::inbound& received;  // queued bounces also count as received
    shared_habits& servers;      // what was learnt of those that mail is sent to
    std::vector<boost::asio::ip::tcp::endpoint> own_listeners = {};  // the bound addresses
};

}  // namespace kurir::outbound
