#include "metrics/inbound.hpp"

namespace kurir::metrics {

inbound::inbound(registry& to)
    : smtp_sessions_total(to, {"smtp_sessions_total", "TCP sessions accepted from clients."}),
      smtp_sessions_active(to, {"smtp_sessions_active", "Sessions open now."}),
      smtp_sessions_limit(to, {"smtp_sessions_limit", "Sessions that may be open at a time."}),
      smtp_sessions_closed_total(to, {"smtp_sessions_closed_total", "Sessions ended, by reason."}),
      smtp_session_duration_seconds(
          to, {"smtp_session_duration_seconds", "Time from accept to close.", buckets::net}
      ),
      smtp_accept_errors_total(
          to, {"smtp_accept_errors_total", "Connections that could not be accepted."}
      ),
      smtp_early_talkers_total(
          to, {"smtp_early_talkers_total", "Clients that sent data before the greeting."}
      ),
      smtp_commands_total(
          to, {"smtp_commands_total", "Commands, by verb and first digit of the reply."}
      ),
      smtp_rejects_total(
          to, {"smtp_rejects_total", "Replies 4xx and 5xx to clients, by stage and reason."}
      ),
      smtp_neighbours_denied_total(
          to,
          {"smtp_neighbours_denied_total",
           "Recipients refused to clients with private addresses, because they may not relay."}
      ),
      rate_limited_total(
          to, {"rate_limited_total", "Messages refused for now by a rate limit, by its scope."}
      ),
      messages_received_total(to, {"messages_received_total", "Messages accepted and synced."}),
      recipients_received_total(
          to, {"recipients_received_total", "Recipients of the messages accepted."}
      ),
      received_bytes_total(to, {"received_bytes_total", "Bytes of the messages accepted."}),
      message_size_bytes(
          to, {"message_size_bytes", "Size of the messages accepted.", buckets::size}
      ),
      message_recipients(
          to, {"message_recipients", "Recipients of each message accepted.", buckets::recipients}
      ),
      messages_long_lines_total(
          to, {"messages_long_lines_total", "Messages accepted with a line over 998 bytes."}
      ),
      messages_unknown_priority_total(
          to,
          {"messages_unknown_priority_total", "Messages accepted with an unknown X-Kurir-Priority."}
      ),
      smtp_accept_duration_seconds(
          to,
          {"smtp_accept_duration_seconds",
           "Time from the final dot of a message to its 250, including the sync.",
           buckets::io_to_30s}
      ) {}

}  // namespace kurir::metrics
