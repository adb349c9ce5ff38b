// What operators see of a destination: a copy of what the scheduler and its governor know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "queue/message.hpp"
#include "relay/outbound/governor.hpp"
#include "relay/outbound/operator_suspension.hpp"
#include "relay/outbound/orders.hpp"
#include "relay/outbound/route.hpp"

namespace kurir::outbound {

struct destination_view {
    std::string name;
    destination_key key = {};
    std::vector<target> hosts = {};  // as they were found last, by preference

    std::size_t connections = 0;
    std::size_t idle = 0;       // of these, without work
    std::size_t starting = 0;   // of these, not open yet
    std::size_t under_way = 0;  // deliveries that are being tried
    std::size_t waiting = 0;    // that are ready for it
    governor::learnt learnt = {};
    found_limits told = {};  // by a relay that shares the queue, maybe this one, the last to tell

    bool suspended = false;  // it can't be reached
    // What asks its mail to wait, and until when if that is known.
    std::optional<throttle> withheld = {};
    std::optional<queue::time_point> until = {};
    std::optional<operator_suspension> suspended_by = {};
    std::string trouble = {};  // what it said last that asked to wait; empty: nothing

    std::uint64_t taken = 0;    // jobs that it took, since it is known
    std::uint64_t refused = 0;  // jobs and connections that it put off or refused
    struct reply {
        queue::time_point last;
        std::string text;
        std::uint64_t count = 1;
    };
    std::vector<reply> replies = {};  // of the last hour, the latest first
};

}  // namespace kurir::outbound
