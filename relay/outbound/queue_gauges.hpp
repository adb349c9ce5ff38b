// Publishes the dispatcher's view of the queue as gauges.
#pragma once

#include <chrono>

#include "metrics/queue.hpp"
#include "queue/backlog.hpp"

namespace kurir::outbound {

// The number of deliveries and recipients in each state, and the age of the oldest.
// `calendar_ahead`: of the queue's clock.
void publish_states(
    metrics::queue& metrics, const queue::backlog& backlog, std::chrono::milliseconds calendar_ahead
);

// The ages of all deliveries. Reads every delivery, so don't call it every second.
void publish_ages(metrics::queue& metrics, const queue::backlog& backlog, queue::time_point now);

}  // namespace kurir::outbound
