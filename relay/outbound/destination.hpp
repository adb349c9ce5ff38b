// A destination: an MX site or a relayhost, with the mail that is ready for it and its connections.
//
// It owns the ready list (fair between senders), the governor, and the idle connections that wait
// for their next message. It decides nothing about messages and does no I/O: the dispatcher moves
// deliveries in and jobs out. Lives on the dispatcher's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "queue/fairness.hpp"
#include "queue/message.hpp"
#include "relay/net/ask.hpp"
#include "relay/outbound/governor.hpp"
#include "relay/outbound/route.hpp"

namespace kurir::outbound {

// What a connection is to do next. Nothing: say QUIT and end.
using job = std::optional<queue::delivery>;

class destination {
public:
    destination(std::shared_ptr<const route> where, governor::limits limits);

    // Mail that is due.
    void push(queue::delivery ready);
    std::optional<queue::delivery> pop();
    std::size_t ready() const noexcept { return ready_.size(); }

    // A connection without work waits here until `deadline`; it is answered exactly once.
    void wait(net::answer_function<job> answer, net::clock::time_point deadline);
    std::size_t idle() const noexcept { return idle_.size(); }

    // Gives `next` to the connection that became idle last, so that the others can end.
    // Precondition: idle() > 0.
    void give(queue::delivery next);

    // Sends connections home: all that wait, or those whose time is over.
    void release_all();
    void release_expired(net::clock::time_point now);

    // Connections there are, those of them that have not asked for their first job yet, and those
    // that have served a message.
    std::size_t connections = 0;
    std::size_t starting = 0;
    std::unordered_set<std::uint64_t> established;

    governor state;
    std::shared_ptr<const route> where;

    // Why the destination was suspended; what its mail is told meanwhile.
    verdict last_trouble;

private:
    struct waiting {
        net::answer_function<job> answer;
        net::clock::time_point deadline;
    };

    queue::fair_queue<queue::delivery> ready_;
    std::vector<waiting> idle_;
};

}  // namespace kurir::outbound
