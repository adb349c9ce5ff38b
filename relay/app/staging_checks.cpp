#include "relay/app/staging_checks.hpp"

#include "relay/config/staging.hpp"

namespace kurir::app {

admin::readiness staging_checks(const config::config& config) {
    admin::readiness all;
    for (auto& each : config::staging_warnings(config)) {
        all.push_back({.name = "staging", .ok = false, .detail = std::move(each), .advisory = true}
        );
    }
    return all;
}

void publish_staging(const config::config& config, metrics::runtime& metrics) {
    using mode = metrics::staging_mode;
    metrics.staging(mode::redirect).set(config.redirect_all_to.empty() ? 0 : 1);
    metrics.staging(mode::capture).set(config.capture ? 1 : 0);
}

}  // namespace kurir::app
