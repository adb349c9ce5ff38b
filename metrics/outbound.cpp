#include "metrics/outbound.hpp"

namespace kurir::metrics {

outbound::outbound(registry& target, const declared_names& declared)
    : delivery_attempts_total(
          target,
          {"delivery_attempts_total", "Attempts for one recipient, by result and its cause."}
      ),
      route_names("route", declared.routes),
      route_attempts_total(
          target,
          {"route_attempts_total",
           "Attempts for one recipient, by the route that they took and their result."},
          route_names
      ),
      top_destination_attempts_total(
          {"top_destination_attempts_total",
           "Attempts for one recipient, by domain for the KURIR_METRICS_TOP_DESTINATIONS that have "
           "the most, and by result."},
          declared.top_destinations
      ),
      delivery_failures_total(
          target,
          {"delivery_failures_total",
           "Attempts that did not deliver, by stage and enhanced status code."}
      ),
      bounces_total(target, {"bounces_total", "Recipients that failed permanently, by reason."}),
      delivery_ambiguous_total(
          target,
          {"delivery_ambiguous_total", "Messages whose final reply was lost: they may arrive twice."
          }
      ),
      delivery_latency_seconds(
          target,
          {"delivery_latency_seconds",
           "Time from the receipt of a message to its delivery.",
           buckets::end_to_end}
      ),
      delivery_attempt_duration_seconds(
          target,
          {"delivery_attempt_duration_seconds",
           "Time from the start of an attempt to its last reply.",
           buckets::net}
      ),
      delivery_stage_duration_seconds(
          target,
          {"delivery_stage_duration_seconds", "Time spent in each stage of attempts.", buckets::net}
      ),
      delivery_attempts_per_recipient(
          target,
          {"delivery_attempts_per_recipient",
           "Attempts for each recipient until it was finished.",
           buckets::attempts}
      ),
      outbound_connections(
          target, {"outbound_connections", "Connections to remote servers open now."}
      ),
      outbound_connections_opened_total(
          target,
          {"outbound_connections_opened_total", "Connection attempts to remote servers, by result."}
      ),
      outbound_connection_reuses_total(
          target, {"outbound_connection_reuses_total", "Transactions over a reused connection."}
      ),
      outbound_conversions_total(
          target,
          {"outbound_conversions_total",
           "Messages converted for a server without 8BITMIME or SMTPUTF8."}
      ),
      outbound_tls_total(
          target,
          {"outbound_tls_total",
           "Connections to remote servers under TLS, by version and by what the certificate is "
           "worth."}
      ),
      outbound_tls_resumed_total(
          target, {"outbound_tls_resumed_total", "Those that resumed an earlier session of TLS."}
      ),
      outbound_tls_failures_total(
          target,
          {"outbound_tls_failures_total",
           "Remote servers that TLS was not agreed on with though it was wanted, by reason."}
      ),
      outbound_clear_total(
          target, {"outbound_clear_total", "Connections to remote servers in clear, by reason."}
      ),
      outbound_throttled_total(
          target, {"outbound_throttled_total", "Times that due mail had to wait, by reason."}
      ),
      outbound_shortages_total(
          target,
          {"outbound_shortages_total",
           "Attempts postponed because this machine lacked a resource, by resource."}
      ),
      outbound_family_unreachable(
          target,
          {"outbound_family_unreachable",
           "1 while addresses of the family are tried last, because this machine can't reach them."}
      ),
      destination_suspended(
          target, {"destination_suspended", "Destinations that are suspended now."}
      ),
      relayhost_suspended(
          target, {"relayhost_suspended", "1 while a relayhost is suspended, else 0."}
      ),
      dsn_generated_total(
          target, {"dsn_generated_total", "Delivery status notifications composed and queued."}
      ),
      dsn_undeliverable_total(
          target,
          {"dsn_undeliverable_total", "Notifications that could not be delivered and were dropped."}
      ) {}

}  // namespace kurir::metrics
