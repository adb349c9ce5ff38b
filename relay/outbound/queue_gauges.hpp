// What the dispatcher knows of the queue, as gauges.
#pragma once

#include <chrono>

#include "metrics/queue.hpp"
#include "queue/backlog.hpp"

namespace kurir::outbound {

// How many deliveries and recipients are in each state, and how old the oldest is.
// `calendar_ahead`: of the queue's clock.
void publish_states(
    metrics::queue& to, const queue::backlog& of, std::chrono::milliseconds calendar_ahead
);

// How old all of them are. Looks at every delivery: not for every second.
void publish_ages(metrics::queue& to, const queue::backlog& of, queue::time_point now);

}  // namespace kurir::outbound
