#include "metrics/inbound.hpp"

namespace kurir::metrics {

inbound::inbound(registry& target)
    : smtp_sessions_total(target, {"smtp_sessions_total", "TCP sessions accepted from clients."}),
      smtp_sessions_active(target, {"smtp_sessions_active", "Sessions open now."}),
      smtp_sessions_limit(target, {"smtp_sessions_limit", "Sessions that may be open at a time."}),
      smtp_sessions_closed_total(
          target, {"smtp_sessions_closed_total", "Sessions ended, by reason."}
      ),
      smtp_session_duration_seconds(
          target, {"smtp_session_duration_seconds", "Time from accept to close.", buckets::net}
      ),
      smtp_accept_errors_total(
          target, {"smtp_accept_errors_total", "Connections that could not be accepted."}
      ),
      smtp_early_talkers_total(
          target, {"smtp_early_talkers_total", "Clients that sent data before the greeting."}
      ),
      smtp_tls_handshakes_total(
          target,
          {"smtp_tls_handshakes_total",
           "Sessions secured by TLS, by version and by whether we have the host name that the "
           "client asked for."}
      ),
      smtp_tls_resumed_total(
          target, {"smtp_tls_resumed_total", "Those that resumed an earlier session of TLS."}
      ),
      smtp_tls_failures_total(
          target,
          {"smtp_tls_failures_total", "Sessions ended because TLS was not agreed on, by reason."}
      ),
      smtp_commands_total(
          target, {"smtp_commands_total", "Commands, by verb and first digit of the reply."}
      ),
      smtp_rejects_total(
          target, {"smtp_rejects_total", "Replies 4xx and 5xx to clients, by stage and reason."}
      ),
      smtp_neighbours_denied_total(
          target,
          {"smtp_neighbours_denied_total",
           "Recipients refused to clients with private addresses, because they may not relay."}
      ),
      rate_limited_total(
          target, {"rate_limited_total", "Messages refused for now by a rate limit, by its scope."}
      ),
      messages_received_total(target, {"messages_received_total", "Messages accepted and synced."}),
      recipients_received_total(
          target, {"recipients_received_total", "Recipients of the messages accepted."}
      ),
      received_bytes_total(target, {"received_bytes_total", "Bytes of the messages accepted."}),
      message_size_bytes(
          target, {"message_size_bytes", "Size of the messages accepted.", buckets::size}
      ),
      message_recipients(
          target,
          {"message_recipients", "Recipients of each message accepted.", buckets::recipients}
      ),
      messages_long_lines_total(
          target, {"messages_long_lines_total", "Messages accepted with a line over 998 bytes."}
      ),
      messages_unknown_priority_total(
          target,
          {"messages_unknown_priority_total", "Messages accepted with an unknown X-Kurir-Priority."}
      ),
      smtp_accept_duration_seconds(
          target,
          {"smtp_accept_duration_seconds",
           "Time from the final dot of a message to its 250, including the sync.",
           buckets::io_to_30s}
      ) {}

}  // namespace kurir::metrics
