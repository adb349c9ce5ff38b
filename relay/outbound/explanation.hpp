// Why a message is still in the queue: the state of one of its deliveries and what blocks it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "queue/backlog.hpp"
#include "queue/terms.hpp"
#include "relay/outbound/operator_suspension.hpp"
#include "relay/outbound/orders.hpp"

namespace kurir::outbound {

struct explanation {
    std::string domain;
    std::vector<std::uint32_t> recipients = {};  // by their places in the envelope
    std::uint32_t attempts = 0;
    queue::backlog::state state = queue::backlog::state::incoming;

    // Why it is not tried at once; nothing if it is being tried or is about to be.
    std::optional<throttle> withheld;
    // An operator's order to hold it; then nothing else counts.
    std::optional<queue::operator_hold> hold = {};
    // An operator's order to leave its destination, or what it is of, alone; then nothing else
    // counts.
    std::optional<operator_suspension> suspended_by = {};
    // When that ends, if known: the next attempt, or the next check of the destination.
    std::optional<queue::time_point> until;

    // Another node has it; then nothing else is known.
    std::string claimed_by = {};

    std::string site = {};          // the destination, once the route is known
    std::size_t ahead_at_most = 0;  // deliveries that are ready for the same destination, at most
    // What the destination said, or how it failed, while it is suspended or asks for a pause.
    std::string last_trouble = {};
};

}  // namespace kurir::outbound
