// DKIM signatures of the mail that is sent.
#pragma once

#include "metrics/instrument.hpp"

namespace kurir::metrics {

struct signing {
    explicit signing(registry& target);

    counter_by<dkim_algorithm, signing_result> dkim_signatures_total;
    counter_by<unsigned_reason> dkim_unsigned_total;
    histogram dkim_sign_duration_seconds;
    gauge dkim_signing;
    gauge_by<dkim_algorithm> dkim_keys;
};

}  // namespace kurir::metrics
