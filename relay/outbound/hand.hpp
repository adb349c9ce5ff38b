// What the dispatcher has in hand: deliveries that are ready or being tried, for the gauges.
//
// Each delivery passes once through `ready`, `active` and out. Lives on the dispatcher's thread.
#pragma once

#include <cstddef>
#include <optional>
#include <set>

#include "queue/message.hpp"

namespace kurir::outbound {

// As much of a delivery as the gauges need when it is over.
struct hand_share {
    queue::time_point received_at{};
    std::size_t recipients = 0;
};

class hand {
public:
    struct tally {
        std::size_t deliveries = 0;
        std::size_t recipients = 0;
    };

    void became_ready(const queue::delivery& which) {
        add(ready_, share_of(which));
        received_.insert(which.received_at);
    }
    void became_active(const queue::delivery& which) {
        take(ready_, share_of(which));
        add(active_, share_of(which));
    }
    void finished(const hand_share& which) {
        take(active_, which);
        const auto found = received_.find(which.received_at);
        if (found != received_.end()) received_.erase(found);
    }

    const tally& ready() const noexcept { return ready_; }
    const tally& active() const noexcept { return active_; }

    // When the oldest of all of them was received.
    std::optional<queue::time_point> oldest() const {
        if (received_.empty()) return std::nullopt;
        return *received_.begin();
    }

    // The times at which they were received, ascending.
    const std::multiset<queue::time_point>& received() const noexcept { return received_; }

    static hand_share share_of(const queue::delivery& which) {
        return {which.received_at, which.recipients.size()};
    }

private:
    static void add(tally& to, const hand_share& what) {
        ++to.deliveries;
        to.recipients += what.recipients;
    }
    static void take(tally& from, const hand_share& what) {
        --from.deliveries;
        from.recipients -= what.recipients;
    }

    tally ready_;
    tally active_;
    std::multiset<queue::time_point> received_;
};

}  // namespace kurir::outbound
