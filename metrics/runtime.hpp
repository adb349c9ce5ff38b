// The process itself.
#pragma once

#include "metrics/instrument.hpp"

namespace kurir::metrics {

struct runtime {
    explicit runtime(registry& target);

    gauge build_info;  // always 1; version and compiler are labels
    gauge ready;       // the verdict of /readyz
    gauge draining;
    gauge_by<staging_mode> staging;  // which ones are on
    histogram event_loop_lag_seconds;
    counter_by<log_level> log_messages_total;
    counter log_dropped_total;
    counter history_dropped_total;
    gauge_by<collector> collector_duration_seconds;
    counter_by<reload_result> config_reloads_total;
    gauge config_reloaded_timestamp_seconds;  // when the configuration in effect was read
    counter_by<reload_result> tls_reloads_total;
    counter_by<reload_part> reload_failures_total;
    gauge_by<reload_part> reload_failing;  // 1 from a mistake until it is mended
    gauge tls_certificate_expiry_timestamp_seconds;
};

}  // namespace kurir::metrics
