#include "metrics/relayhosts.hpp"

namespace kurir::metrics {

relayhosts::relayhosts(registry& target, const std::vector<std::string>& declared)
    : names("relayhost", declared),
      relayhost_logins_total(
          target, {"relayhost_logins_total", "Logins to relayhosts, by result."}, names
      ),
      relayhost_login_failing(
          target,
          {"relayhost_login_failing", "1 after a login that failed, until one succeeds, else 0."},
          names
      ),
      relayhost_token_requests_total(
          target,
          {"relayhost_token_requests_total", "Requests to token servers (OAuth 2.0), by result."},
          names
      ),
      relayhost_token_issued_timestamp_seconds(
          target,
          {"relayhost_token_issued_timestamp_seconds",
           "When the token in use was issued; 0 when there is none."},
          names
      ),
      relayhost_token_expiry_timestamp_seconds(
          target,
          {"relayhost_token_expiry_timestamp_seconds",
           "When the token in use expires; 0 when there is none."},
          names
      ),
      relayhost_token_failure_timestamp_seconds(
          target,
          {"relayhost_token_failure_timestamp_seconds",
           "When a request for a token last failed; 0 when the last one succeeded."},
          names
      ) {}

}  // namespace kurir::metrics
