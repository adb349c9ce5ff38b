// Whether this process may still act on what it has claimed of a shared queue.
//
// A remote server can't ask who has a message. So the sender asks itself, right before it sends the
// end of one: have the claims been renewed long enough ago that they may be over? Then another
// relay may be sending it by now, and this one breaks off.
//
// The time is that of the steady clock, from before the renewal was asked for: so it ends no later
// than the database's own. It goes on while the process is stopped.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

#include "queue/message.hpp"
#include "relay/net/clock.hpp"

namespace kurir::outbound {

class claim_guard {
public:
    using time_point = net::clock::time_point;

    // Nothing was claimed before `now`.
    claim_guard(std::chrono::milliseconds lease, time_point now);

    std::chrono::milliseconds lease() const noexcept { return lease_; }

    // A renewal that began at `began` has extended all claims but `lost`: those of deliveries that
    // are being tried. It replaces what was known to be lost.
    void renewed(time_point began, std::vector<queue::claimed> lost);

    // All claims last longer than until `now` by a margin: a tenth of a lease.
    bool has_room(time_point now) const noexcept;

    // The same, and none of these was lost: the end of their message may be sent.
    bool may_end(const std::vector<queue::delivery>& tried, time_point now) const;

private:
    const std::chrono::milliseconds lease_;
    std::atomic<time_point> until_;
    std::atomic<bool> any_lost_ = false;
    mutable std::mutex mutex_;
    std::vector<queue::claimed> lost_;  // under `mutex_`
};

}  // namespace kurir::outbound
