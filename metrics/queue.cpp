#include "metrics/queue.hpp"

namespace kurir::metrics {

queue::queue(registry& target)
    : queue_messages(target, {"queue_messages", "Messages in the queue."}),
      queue_recipients(target, {"queue_recipients", "Recipients that are not finished."}),
      queue_size_bytes(target, {"queue_size_bytes", "Bytes of the messages in the queue."}),
      queue_oldest_message_timestamp_seconds(
          target,
          {"queue_oldest_message_timestamp_seconds",
           "When the oldest message of a state was received; 0 when there is none."}
      ),
      queue_messages_by_age(
          target,
          {"queue_messages_by_age", "Messages in the queue, by the time since their receipt."}
      ),
      queue_enqueued_total(target, {"queue_enqueued_total", "Recipients that entered the queue."}),
      queue_finished_total(
          target, {"queue_finished_total", "Recipients that left the queue, by outcome."}
      ),
      scheduler_lag_seconds(
          target,
          {"scheduler_lag_seconds",
           "Time from when a message was due to when its delivery began.",
           buckets::io_to_60s}
      ),
      queue_quarantined_records_total(
          target,
          {"queue_quarantined_records_total",
           "Records that could not be decoded and were moved to quarantine."}
      ),
      queue_orphans_swept_total(
          target, {"queue_orphans_swept_total", "Bodies without an envelope that were removed."}
      ),
      queue_claims_lost_total(
          target,
          {"queue_claims_lost_total",
           "Ended attempts that were dropped because another process had taken the delivery over."}
      ),
      queue_claims_expired_total(
          target,
          {"queue_claims_expired_total",
           "Deliveries that another process took over before they were tried here."}
      ) {}

}  // namespace kurir::metrics
