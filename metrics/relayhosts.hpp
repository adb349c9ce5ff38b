// Logins to relayhosts, and the tokens for them. One series for each relayhost by its name in the
// configuration; `default` is KURIR_RELAYHOST.
#pragma once

#include <string>
#include <vector>

#include "metrics/names.hpp"

namespace kurir::metrics {

struct relayhosts {
    relayhosts(registry& target, const std::vector<std::string>& declared);

    const known_names names;

    counter_by_name<login_result> relayhost_logins_total;
    gauge_by_name<> relayhost_login_failing;  // 1 after a login that failed, until one succeeds
    counter_by_name<token_result> relayhost_token_requests_total;
    gauge_by_name<> relayhost_token_issued_timestamp_seconds;
    gauge_by_name<> relayhost_token_expiry_timestamp_seconds;
    gauge_by_name<> relayhost_token_failure_timestamp_seconds;  // 0: the last one did not fail
};

}  // namespace kurir::metrics
