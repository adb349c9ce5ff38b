// Questions to name servers.
#pragma once

#include "metrics/instrument.hpp"

namespace kurir::metrics {

struct dns {
    explicit dns(registry& target);

    counter_by<dns_type, dns_result> dns_queries_total;
    histogram_by<dns_type> dns_query_duration_seconds;
    counter_by<cache_result> dns_cache_requests_total;
};

}  // namespace kurir::metrics
