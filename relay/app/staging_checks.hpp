// How settings for staging are shown while the relay runs: in /readyz?verbose and as metrics.
#pragma once

#include "metrics/runtime.hpp"
#include "relay/admin/readiness.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

// Mail is accepted all the same.
admin::readiness staging_checks(const config::config& config);

void publish_staging(const config::config& config, metrics::runtime& metrics);

}  // namespace kurir::app
