// The orders of the scheduler, and the reports of connections to it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "queue/backlog.hpp"
#include "queue/entry_id.hpp"
#include "queue/message.hpp"
#include "queue/shared_rate.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/destination.hpp"
#include "relay/outbound/route.hpp"
#include "relay/outbound/route_table.hpp"
#include "relay/outbound/verdict.hpp"

namespace kurir::outbound {

// The time by both clocks: pauses use the steady clock, stored due times the wall clock.
struct instant {
    net::clock::time_point steady;
    queue::time_point wall;
};

inline instant instant_now() {
    return {.steady = net::clock::now(), .wall = net::wall_now()};
}

using route_answer = std::variant<std::shared_ptr<const route>, verdict>;

// What a connection reports of its last job when it asks for the next one, or when it ends.
struct report {
    enum class kind : std::uint8_t {
        succeeded,    // the server works, whatever it replied about recipients
        refused,      // it put the message off, or the connection was lost: whoever that concerns
        put_off,      // it put off recipients, in words that concern nobody else
        no_session,   // it refused the connection, or it was lost, before the first message
        unreachable,  // no host of the destination could be reached
        nothing,      // the job proves nothing about the destination
        none,         // there was no job
    };
    kind result = kind::none;
    verdict why = {};    // of all but `succeeded`, `nothing` and `none`
    bool fewer = false;  // in words that ask for fewer connections
};

// Why due mail has to wait.
enum class throttle : std::uint8_t { concurrency, rate, backoff, suspended, fair_share, workers };

// The next transaction of a connection: one delivery, or several of the same message. Not empty.
using job = std::vector<queue::delivery>;

// For what a delivery waits.
struct suspension {
    std::string destination;
    std::string reason;
    std::chrono::milliseconds pause{};  // until the next probe
};

class orders {
public:
    virtual ~orders() = default;

    // Find the hosts of a route; the answer comes by `scheduler::route_found`.
    virtual void find_route(const route_choice& choice) = 0;

    // Open a connection; it answers by `scheduler::wants_work` when it can take a job.
    virtual void connect(connection_id id, std::shared_ptr<const route> hosts) = 0;

    // The next job of a connection that wants work; it answers by `wants_work` or `ended`.
    virtual void deliver(connection_id id, job next) = 0;

    // A connection that wants work gets none: it says QUIT and answers by `ended`.
    virtual void disconnect(connection_id id) = 0;

    // Settle a delivery without an attempt. The answer comes by `scheduler::concluded`.
    virtual void conclude(queue::backlog::slot item, queue::delivery delivery, verdict verdict) = 0;

    // These claims are left to other nodes of a shared queue.
    virtual void give_back(std::vector<queue::claimed> untried) = 0;

    // Draw tokens for this destination, of a rate that all nodes keep together, or give some back;
    // then there is no answer. It comes by `scheduler::tokens_drawn`.
    virtual void draw_tokens(const destination_key& key, queue::token_request request) = 0;

    // A delivery has to wait; for log and metrics.
    virtual void withheld(throttle reason) = 0;
    virtual void suspended(const destination& site, std::chrono::milliseconds pause) = 0;
    virtual void resumed(const destination& site) = 0;
    // What was found of a destination's limits has changed; empty: they are gone.
    virtual void limits_found(const destination& site, const found_limits& limits) = 0;
    // A delivery waits for a suspended destination; told once of each.
    virtual void waiting(const queue::delivery& delivery, const suspension& suspension) = 0;
};

}  // namespace kurir::outbound
