// A queue that several relays share: all of it, whoever has it. Each relay tells the same, so the
// greatest counts, not their sum.
#pragma once

#include "metrics/instrument.hpp"

namespace kurir::metrics {

struct shared_queue {
    explicit shared_queue(registry& target);

    gauge shared_queue_messages;
    gauge shared_queue_recipients;
    gauge shared_queue_size_bytes;
    gauge_by<queue_age> shared_queue_messages_by_age;
    gauge shared_queue_oldest_message_timestamp_seconds;
    gauge shared_queue_unclaimed_timestamp_seconds;
};

}  // namespace kurir::metrics
