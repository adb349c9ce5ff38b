// What operators have ordered, and still stands.
#pragma once

#include "metrics/instrument.hpp"

namespace kurir::metrics {

struct operators {
    explicit operators(registry& target);

    gauge operator_suspensions;
    gauge operator_suspension_oldest_timestamp_seconds;
};

}  // namespace kurir::metrics
