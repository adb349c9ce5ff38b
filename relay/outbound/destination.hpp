// A destination: the hosts of a route and how mail is sent there, with the mail that is ready for
// it and its connections. Mail with equal keys has one destination.
//
// Data of the scheduler, the only one that changes it and decides; on the dispatcher's thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include "queue/ready_list.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/governor.hpp"
#include "relay/outbound/operator_suspension.hpp"
#include "relay/outbound/parked.hpp"
#include "relay/outbound/recent_replies.hpp"
#include "relay/outbound/route.hpp"
#include "relay/outbound/verdict.hpp"

namespace kurir::outbound {

// Identifies a connection for the lifetime of the process.
using connection_id = std::uint64_t;

struct destination {
    destination(
        std::shared_ptr<const outbound::route> hosts,
        governor::limits limits,
        const queue::backlog& waiting
    )
        : route(std::move(hosts)), state(limits), ready(waiting) {}

    std::shared_ptr<const outbound::route> route;
    governor state;
    queue::ready_list ready;
    parked_senders parked;                          // of these
    std::vector<queue::backlog::slot> last_chance;  // never tried, and their time is over

    struct idle_connection {
        connection_id id = 0;
        net::clock::time_point until;  // when it is closed
    };
    std::vector<idle_connection> idle;
    std::size_t connections = 0;
    std::size_t starting = 0;  // of these, how many have not asked for their first job yet
    std::unordered_set<connection_id> established;  // connections that have served a message
    bool proven() const { return !established.empty(); }

    const operator_suspension* rest = nullptr;  // by an operator's order: nothing is tried

    bool suspended = false;  // until a probe succeeds; its mail counts as deferred
    bool borrowed = false;   // and another relay has found that it can't be reached
    bool told = false;       // other relays were told so
    told_limits limits_told = {};
    bool asked_others = false;  // whether they have found anything
    bool lined_up = false;      // waits for a free worker
    bool refreshing = false;    // its route is being looked up again

    // Why the destination was suspended, or refused a message last; what its mail is told when it
    // expires meanwhile.
    verdict last_trouble;
    std::optional<verdict> last_refusal;

    // For operators: jobs that it took, jobs and connections that it did not, and what it said
    // then.
    std::uint64_t taken = 0;
    std::uint64_t refused = 0;
    recent_replies replies;

    // When the scheduler looks at it again.
    using timers = std::multimap<net::clock::time_point, destination*>;
    std::optional<timers::iterator> timer;
    std::optional<net::clock::time_point> idle_since;      // without mail and connections
    std::optional<net::clock::time_point> unneeded_since;  // without mail: its tokens

    // Destinations by the keys of their routes. A route may be replaced by one with an equal key.
    struct by_key {
        using is_transparent = void;
        static const destination_key* key_of(const destination_key& key) { return &key; }
        static const destination_key* key_of(const std::unique_ptr<destination>& site) {
            return &site->route->key;
        }
        std::size_t operator()(const auto& each) const {
            return destination_key_hash()(*key_of(each));
        }
        bool operator()(const auto& a, const auto& b) const { return *key_of(a) == *key_of(b); }
    };
    using set = std::unordered_set<std::unique_ptr<destination>, by_key, by_key>;
};

}  // namespace kurir::outbound
