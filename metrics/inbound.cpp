#include "metrics/inbound.hpp"

namespace kurir::metrics {

inbound::inbound(registry& target, const declared_names& declared)
    : smtp_sessions_total(target, {"smtp_sessions_total", "TCP sessions accepted from clients."}),
      smtp_sessions_active(target, {"smtp_sessions_active", "Sessions open now."}),
      smtp_sessions_limit(target, {"smtp_sessions_limit", "Sessions that may be open at a time."}),
      smtp_sessions_closed_total(
          target, {"smtp_sessions_closed_total", "Sessions ended, by reason."}
      ),
      smtp_session_duration_seconds(
          target, {"smtp_session_duration_seconds", "Time from accept to close.", buckets::net}
      ),
      listener_names("listener", declared.listeners),
      smtp_listener_sessions_total(
          target,
          {"smtp_listener_sessions_total",
           "TCP sessions accepted from clients, by the name of the listener; other: without one."},
          listener_names
      ),
      smtp_listener_messages_total(
          target,
          {"smtp_listener_messages_total",
           "Messages accepted, by the name of the listener; other: without one."},
          listener_names
      ),
      smtp_listener_rejects_total(
          target,
          {"smtp_listener_rejects_total",
           "Replies 4xx and 5xx to clients, by the name of the listener; other: without one."},
          listener_names
      ),
      user_names("user", declared.users),
      smtp_user_messages_total(
          target,
          {"smtp_user_messages_total",
           "Messages accepted, by user; other: another credential or none."},
          user_names
      ),
      smtp_user_recipients_total(
          target,
          {"smtp_user_recipients_total",
           "Recipients of the messages accepted, by user; other: another credential or none."},
          user_names
      ),
      smtp_user_logins_total(
          target,
          {"smtp_user_logins_total",
           "Logins of clients, by the user that they claimed to be and how they ended."},
          user_names
      ),
      smtp_accept_errors_total(
          target, {"smtp_accept_errors_total", "Connections that could not be accepted."}
      ),
      smtp_early_talkers_total(
          target, {"smtp_early_talkers_total", "Clients that sent data before the greeting."}
      ),
      smtp_clients_told_total(
          target,
          {"smtp_clients_told_total",
           "Clients that a proxy named, by how: a PROXY header or XCLIENT."}
      ),
      smtp_proxy_failures_total(
          target,
          {"smtp_proxy_failures_total",
           "Connections from proxies closed for lack of a good PROXY header, by reason."}
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
      smtp_client_certificates_total(
          target,
          {"smtp_client_certificates_total",
           "Certificates that clients showed, by what they are worth."}
      ),
      smtp_logins_total(
          target, {"smtp_logins_total", "Logins of clients, by mechanism and how they ended."}
      ),
      smtp_logins_checking(
          target,
          {"smtp_logins_checking",
           "Passwords and tokens that wait to be checked, or are being checked."}
      ),
      smtp_token_keys(
          target,
          {"smtp_token_keys", "Keys of KURIR_OAUTH_JWKS by which tokens of clients are checked."}
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
      permission_refusals_total(
          target,
          {"permission_refusals_total",
           "Senders, recipients and messages refused because the client may not send them, by "
           "reason."}
      ),
      runaways_total(
          target,
          {"runaways_total", "Times that a client was stopped because it sent far more than usual."}
      ),
      runaways_active(target, {"runaways_active", "Clients stopped for that now."}),
      quota_save_failures_total(
          target,
          {"quota_save_failures_total",
           "Times that the file with the counts of clients could not be written or was damaged."}
      ),
      suppression_entries(
          target,
          {"suppression_entries",
           "Entries of the suppression list, without those of KURIR_SUPPRESSION_LIST."}
      ),
      suppressed_recipients_total(
          target,
          {"suppressed_recipients_total",
           "Recipients that the suppression list kept from getting mail, by what became of them."}
      ),
      suppression_save_failures_total(
          target,
          {"suppression_save_failures_total",
           "Times that the file of the suppression list could not be written or was damaged."}
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
      messages_repeated_total(
          target,
          {"messages_repeated_total",
           "Messages that a client sent again by X-Kurir-Idempotency-Key: they are not queued "
           "again."}
      ),
      smtp_accept_duration_seconds(
          target,
          {"smtp_accept_duration_seconds",
           "Time from the final dot of a message to its 250, including the sync.",
           buckets::io_to_30s}
      ) {}

}  // namespace kurir::metrics
