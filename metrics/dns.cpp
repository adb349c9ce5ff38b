#include "metrics/dns.hpp"

namespace kurir::metrics {

dns::dns(registry& to)
    : dns_queries_total(to, {"dns_queries_total", "Questions to name servers, by answer."}),
      dns_query_duration_seconds(
          to,
          {"dns_query_duration_seconds",
           "Time from a question to its answer, the cache's left out.",
           buckets::net_to_30s}
      ),
      dns_cache_requests_total(
          to, {"dns_cache_requests_total", "Questions that the cache was asked first."}
      ) {}

}  // namespace kurir::metrics
