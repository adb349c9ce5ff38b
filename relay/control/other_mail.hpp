// Mail of a shared queue that this node has not claimed, as lists and orders see it.
//
// Pure: what the scheduler knows of destinations and suspensions, it is asked for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "queue/shared_store.hpp"
#include "relay/control/queue_view.hpp"

namespace kurir::control {

// How it waits. Another node that has claimed it may be trying it.
queue::backlog::state state_of(const queue::other_entry& each, queue::time_point now);

// Those that fit as far as memory tells, as they are listed. On the scheduler's thread; `now` is of
// the queue's clock.
std::vector<listed> fitting_others(
    const std::vector<queue::other_entry>& entries,
    const selector& wanted,
    const outbound::scheduler& state,
    const outbound::instant& now
);

// Why it waits.
outbound::explanation explanation_of(const queue::other_entry& each, queue::time_point now);

}  // namespace kurir::control
