// When a relay claims mail of a shared queue, and how much; when it renews what it has.
//
// It claims no more than it can try soon, so that other relays get their part, and no more of one
// destination than a part of that. Mail that waits, for a server that is down or for an operator,
// takes no room: it must not keep the relay from all other mail.
//
// What its own clients send may be more than it can try soon, or more of one destination than its
// part. Then it leaves what is due to others; but what nobody has claimed for a while, because all
// others may be full, too, it claims in small parts: the mail of a relay that is gone must not wait
// for the end of a flood.
//
// Pure: the caller supplies the clock reading and the draws.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "queue/backlog.hpp"
#include "queue/error.hpp"
#include "queue/store.hpp"
#include "relay/net/clock.hpp"

namespace kurir::outbound {

class claim_plan {
public:
    using time_point = net::clock::time_point;

    // Pauses between claims that don't get all they ask for: doubling while there is nothing.
    static constexpr std::chrono::milliseconds pause_min{100};
    static constexpr std::chrono::milliseconds pause_max{1000};

    // After this, what could be claimed and was not is claimed also by relays that have their part.
    static constexpr std::chrono::milliseconds unclaimed_min{2000};

    // `room`: how many deliveries that can be tried are held at most, but for those that were
    // accepted here. 0: nothing is claimed.
    claim_plan(std::chrono::milliseconds lease, std::size_t room, time_point now);

    // All claims are renewed every third of a lease; after a failure, after two seconds at most.
    bool is_renewal_due(time_point now) const noexcept { return now >= renew_at_; }
    void renewal_ended(time_point began, bool renewed, time_point now);

    bool is_claim_due(time_point now) const noexcept { return now >= claim_at_; }
    // What to ask for beside what is held; its `room` is 0 if there is none.
    // Before the next one it may be about what others leave of destinations that have their part.
    queue::claim_order order_beside(const queue::backlog& held) const;
    // `asked`: what `order_beside` said. `draw`: 0 to 1, for the jitter.
    void claim_ended(
        const queue::claim_order& asked, queue::result<std::size_t> got, double draw, time_point now
    );

    time_point next_renewal() const noexcept { return renew_at_; }
    time_point next_claim() const noexcept { return claim_at_; }

private:
    queue::claim_order order_of_unclaimed(const queue::backlog& held, std::size_t most) const;

    const std::chrono::milliseconds lease_;
    const std::size_t room_;
    const std::size_t part_;
    std::chrono::milliseconds pause_ = pause_min;
    bool unclaimed_next_ = false;
    time_point renew_at_;
    time_point claim_at_;
};

queue::claimed claim_at(const queue::backlog& held, queue::backlog::slot item);

// How many deliveries can be tried now, or are being tried: neither deferred nor held.
std::size_t count_triable(const queue::backlog& held);

// The destinations of which so many deliveries, or more, are held, whether they can be tried or
// not. `only_claimed`: those that were accepted here don't count.
std::vector<std::string> destinations_with(
    std::size_t count, const queue::backlog& held, bool only_claimed = false
);

}  // namespace kurir::outbound
