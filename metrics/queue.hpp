// The messages that are stored and waiting.
#pragma once

#include "metrics/instrument.hpp"

namespace kurir::metrics {

struct queue {
    explicit queue(registry& target);

    gauge_by<queue_state> queue_messages;
    gauge_by<queue_state> queue_recipients;
    gauge queue_size_bytes;
    gauge_by<queue_state> queue_oldest_message_timestamp_seconds;
    gauge_by<queue_age> queue_messages_by_age;

    counter queue_enqueued_total;
    counter_by<finish_outcome> queue_finished_total;
    histogram scheduler_lag_seconds;

    counter queue_quarantined_records_total;
    counter queue_orphans_swept_total;
    counter queue_claims_lost_total;
    counter queue_claims_expired_total;
};

}  // namespace kurir::metrics
