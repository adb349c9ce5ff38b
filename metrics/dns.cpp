#include "metrics/dns.hpp"

namespace kurir::metrics {

dns::dns(registry& target)
    : dns_queries_total(
          target, {"dns_queries_total", "Queries to name servers, by type and result."}
      ),
      dns_query_duration_seconds(
          target,
          {"dns_query_duration_seconds",
           "Time from a query to its answer, without answers from the cache.",
           buckets::net_to_30s}
      ),
      dns_cache_requests_total(
          target, {"dns_cache_requests_total", "Look-ups in the DNS cache, by result."}
      ) {}

}  // namespace kurir::metrics
