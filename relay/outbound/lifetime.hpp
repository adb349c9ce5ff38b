// How long mail has been in the queue, as its lifetime counts it. Pure.
#pragma once

#include <algorithm>

#include "queue/message.hpp"
#include "relay/config/config.hpp"

namespace kurir::outbound {

inline auto queue_age(
    const config::config& config, queue::time_point received_at, queue::time_point now
) {
    return now - std::max(received_at, config.lifetimes_from);
}

}  // namespace kurir::outbound
