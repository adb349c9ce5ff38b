// Why a message is still here: where one of its deliveries stands, and what withholds it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "metrics/labels.hpp"
#include "queue/backlog.hpp"

namespace kurir::outbound {

struct explanation {
    std::string domain;
    std::size_t recipients = 0;
    std::uint32_t attempts = 0;
    queue::backlog::state state = queue::backlog::state::incoming;

    // What keeps it from being tried at once; nothing if it is being tried, or about to be.
    std::optional<metrics::throttle_reason> withheld;
    // When that is over, if one can tell: the next attempt, or a look at the destination.
    std::optional<queue::time_point> until;

    std::string site = {};          // the destination, once the route is known
    std::size_t ahead_at_most = 0;  // deliveries that are ready for the same destination
    std::string last_trouble = {};  // of the destination, while it is left alone
};

}  // namespace kurir::outbound
