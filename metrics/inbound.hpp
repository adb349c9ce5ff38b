// Mail that clients submit.
#pragma once

#include "metrics/instrument.hpp"
#include "metrics/names.hpp"

namespace kurir::metrics {

struct inbound {
    explicit inbound(registry& target, const declared_names& declared = {});

    counter smtp_sessions_total;
    gauge smtp_sessions_active;
    gauge smtp_sessions_limit;
    counter_by<session_end> smtp_sessions_closed_total;
    histogram smtp_session_duration_seconds;
    const known_names listener_names;
    counter_by_name<> smtp_listener_sessions_total;
    counter_by_name<> smtp_listener_messages_total;
    counter_by_name<> smtp_listener_rejects_total;

    const known_names user_names;
    counter_by_name<> smtp_user_messages_total;
    counter_by_name<> smtp_user_recipients_total;
    counter_by_name<login_outcome> smtp_user_logins_total;
    counter_by<accept_error_cause> smtp_accept_errors_total;
    counter smtp_early_talkers_total;

    counter_by<told_by> smtp_clients_told_total;
    counter_by<proxy_failure> smtp_proxy_failures_total;

    counter_by<tls_version, tls_name> smtp_tls_handshakes_total;
    counter smtp_tls_resumed_total;
    counter_by<tls_failure> smtp_tls_failures_total;
    counter_by<client_certificate> smtp_client_certificates_total;

    counter_by<login_mechanism, login_outcome> smtp_logins_total;
    gauge smtp_logins_checking;
    gauge smtp_token_keys;  // by which the tokens of clients are checked

    counter_by<smtp_command, reply_class> smtp_commands_total;
    counter_by<reject_stage, reject_reason> smtp_rejects_total;

    counter smtp_neighbours_denied_total;
    counter_by<rate_scope> rate_limited_total;

    counter_by<permission_refusal> permission_refusals_total;
    counter runaways_total;
    gauge runaways_active;
    counter quota_save_failures_total;

    gauge suppression_entries;
    counter_by<suppression_outcome> suppressed_recipients_total;
    counter suppression_save_failures_total;

    // Messages stored and synced; Kurir's own bounces count with source dsn.
    counter_by<message_source, priority> messages_received_total;
    counter_by<message_source> recipients_received_total;
    counter_by<message_source> received_bytes_total;
    histogram message_size_bytes;
    histogram message_recipients;
    counter messages_long_lines_total;
    counter messages_unknown_priority_total;
    counter messages_repeated_total;
    histogram smtp_accept_duration_seconds;
};

}  // namespace kurir::metrics
