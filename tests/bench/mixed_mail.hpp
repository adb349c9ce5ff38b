// Mail of all kinds, as a relay with many users would have it after some bad days: big and small
// destinations, several tenants, users, priorities, sizes and ages; held, never tried, or deferred
// for different reasons. The same number is always the same mail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "queue/store.hpp"

namespace kurir::bench {

struct mixture {
    std::uint64_t domains = 1000;  // of the long tail, beside some that have much of the mail
    // What is deferred is due within `over` after `due_in` from now.
    std::chrono::seconds due_in{};
    std::chrono::seconds over{};
};

queue::submission mixed_message(
    const mixture& wanted, std::uint64_t number, queue::message_id id, queue::time_point now
);

// Whether the mail of this id is deferred by `failed_attempt`; else it was never tried.
bool was_tried(queue::message_id id) noexcept;

// The end of an attempt that deferred a delivery as it was announced.
queue::settlement failed_attempt(const queue::delivery& announced, queue::time_point now);

}  // namespace kurir::bench
