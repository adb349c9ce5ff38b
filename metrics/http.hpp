// Requests to the HTTP listener.
#pragma once

#include "metrics/instrument.hpp"

namespace kurir::metrics {

struct http {
    explicit http(registry& target);

    counter_by<http_handler, http_code> http_requests_total;
    histogram_by<http_handler> http_request_duration_seconds;
};

}  // namespace kurir::metrics
