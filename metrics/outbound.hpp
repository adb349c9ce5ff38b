// Mail that Kurir delivers: attempts, connections, bounces.
#pragma once

#include "metrics/counter_by_destination.hpp"
#include "metrics/instrument.hpp"
#include "metrics/names.hpp"

namespace kurir::metrics {

struct outbound {
    explicit outbound(registry& target, const declared_names& declared = {});

    // Each recipient of an attempt counts once.
    counter_by<delivery_result, delivery_cause> delivery_attempts_total;
    const known_names route_names;
    counter_by_name<delivery_result> route_attempts_total;
    counter_by_destination top_destination_attempts_total;
    counter_by<delivery_stage, enhanced_code> delivery_failures_total;
    counter_by<bounce_reason> bounces_total;
    counter delivery_ambiguous_total;

    histogram delivery_latency_seconds;
    histogram delivery_attempt_duration_seconds;
    histogram_by<delivery_stage> delivery_stage_duration_seconds;
    histogram delivery_attempts_per_recipient;

    gauge_by<connection_state> outbound_connections;
    counter_by<open_result> outbound_connections_opened_total;
    counter outbound_connection_reuses_total;
    counter outbound_conversions_total;
    counter_by<tls_version, remote_certificate> outbound_tls_total;
    counter outbound_tls_resumed_total;
    counter_by<remote_tls_failure> outbound_tls_failures_total;
    counter_by<clear_reason> outbound_clear_total;
    counter_by<throttle_reason> outbound_throttled_total;
    counter_by<shortage> outbound_shortages_total;
    gauge_by<address_family> outbound_family_unreachable;
    gauge destination_suspended;
    gauge relayhost_suspended;  // number of suspended relayhosts

    counter_by<dsn_type> dsn_generated_total;
    counter dsn_undeliverable_total;
};

}  // namespace kurir::metrics
