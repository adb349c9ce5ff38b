// Where the ends of attempts are written, and in which metrics they are counted.
#pragma once

#include "metrics/metrics.hpp"
#include "queue/store.hpp"

namespace kurir::outbound {

// All references must outlive every object that gets this value.
struct bookkeeping {
    queue::store& store;
    metrics::outbound& metrics;
    metrics::queue& queue_metrics;
    metrics::inbound& received;  // queued bounces also count as received
};

}  // namespace kurir::outbound
