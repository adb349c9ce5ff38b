#include "metrics/shared_queue.hpp"

namespace kurir::metrics {

shared_queue::shared_queue(registry& target)
    : shared_queue_messages(
          target,
          {"shared_queue_messages", "Messages in the queue that relays share, whoever has them."}
      ),
      shared_queue_recipients(
          target, {"shared_queue_recipients", "Recipients of these that are not finished."}
      ),
      shared_queue_size_bytes(target, {"shared_queue_size_bytes", "Bytes of these messages."}),
      shared_queue_messages_by_age(
          target,
          {"shared_queue_messages_by_age",
           "Messages in the shared queue, by the time since they came; 100,000 of each at most."}
      ),
      shared_queue_oldest_message_timestamp_seconds(
          target,
          {"shared_queue_oldest_message_timestamp_seconds",
           "When the oldest message of the shared queue came; 0 when there is none."}
      ),
      shared_queue_unclaimed_timestamp_seconds(
          target,
          {"shared_queue_unclaimed_timestamp_seconds",
           "Since when the mail could be claimed that has waited longest for a relay; 0 when none "
           "waits."}
      ) {}

}  // namespace kurir::metrics
