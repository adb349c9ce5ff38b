// What operators have ordered, and still stands; what moves between relays.
#pragma once

#include "metrics/instrument.hpp"

namespace kurir::metrics {

struct operators {
    explicit operators(registry& target);

    gauge operator_suspensions;
    gauge operator_suspension_oldest_timestamp_seconds;
    gauge_by<shared_list> board_unposted_notices;
    gauge board_unposted_oldest_timestamp_seconds;
    counter handed_over_messages_total;
    gauge handover_marked_messages;
    counter adopted_messages_total;
};

}  // namespace kurir::metrics
