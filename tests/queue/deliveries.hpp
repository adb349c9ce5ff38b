// Deliveries as tests of the queue's memory need them.
#pragma once

#include <chrono>

#include "queue/message.hpp"

namespace tests {

inline const kurir::queue::time_point noon{std::chrono::milliseconds(1'800'000'000'000)};

// A name as the store on the local disk gives it.
inline kurir::queue::entry_id entry_at(
    kurir::queue::time_point due, std::uint32_t first_recipient = 0
) {
    const auto number = static_cast<std::uint64_t>(due.time_since_epoch().count());
    return kurir::queue::entry_id(number, first_recipient);
}

inline kurir::queue::delivery delivery_due(
    std::uint64_t id, kurir::queue::time_point time, std::uint32_t attempts = 0
) {
    kurir::queue::delivery made;
    made.id = kurir::queue::message_id(id);
    made.due = time;
    made.recipients = {0};
    made.domain = "example.com";
    made.received_at = noon - std::chrono::seconds(id);
    made.attempts = attempts;
    made.size = 1000 + id;
    made.tenant = "192.0.2.0/24";
    made.entry = entry_at(time);
    return made;
}

}  // namespace tests
