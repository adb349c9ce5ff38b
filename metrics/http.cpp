#include "metrics/http.hpp"

namespace kurir::metrics {

http::http(registry& to)
    : http_requests_total(to, {"http_requests_total", "HTTP requests, by status code."}),
      http_request_duration_seconds(
          to, {"http_request_duration_seconds", "Time from a request to its response.", buckets::io}
      ) {}

}  // namespace kurir::metrics
