// What every part of the delivery needs: one value that the composition root fills.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <vector>

#include "metrics/metrics.hpp"
#include "queue/store.hpp"
#include "relay/config/config.hpp"
#include "relay/outbound/habits.hpp"

namespace kurir::outbound {

// All references must outlive whoever is given this.
struct services {
    const config::config& config;
    queue::store& store;
    metrics::outbound& metrics;
    metrics::queue& queue_metrics;
    metrics::inbound& received;  // bounces that were queued count as received too
    shared_habits& servers;      // what was learnt of those that mail is sent to
    std::vector<boost::asio::ip::tcp::endpoint> own_listeners = {};  // as they are bound
};

}  // namespace kurir::outbound
