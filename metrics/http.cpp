#include "metrics/http.hpp"

namespace kurir::metrics {

http::http(registry& target)
    : http_requests_total(target, {"http_requests_total", "HTTP requests, by status code."}),
      http_request_duration_seconds(
          target,
          {"http_request_duration_seconds", "Time from a request to its response.", buckets::io}
      ) {}

}  // namespace kurir::metrics
