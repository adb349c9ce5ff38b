// The fixed sets of label values: one enum per label, named after it. The name of a value is the
// text that is exported, so renaming one renames a series.
//
// No label takes arbitrary values: every input is mapped to one of these values. A label whose
// values are known when the program starts is a `known_names` (names.hpp).
#pragma once

#include <cstdint>

#include "metrics/label.hpp"
#include "metrics/labels_outbound.hpp"

namespace kurir::metrics {

// Of signing.hpp.

enum class dkim_algorithm : std::uint8_t { rsa, ed25519 };
template <>
struct label<dkim_algorithm> : labelled<dkim_algorithm, "algorithm"> {};

// `present`: the message had a good signature by the same key.
enum class signing_result : std::uint8_t { made, present, failed };
template <>
struct label<signing_result> : labelled<signing_result, "result"> {};

enum class unsigned_reason : std::uint8_t { no_key, unsignable, failed };
template <>
struct label<unsigned_reason> : labelled<unsigned_reason, "reason"> {};

// Of inbound.hpp.

enum class session_end : std::uint8_t {
    quit,
    client_lost,
    timeout,
    errors,
    shed,
    too_many_messages,
    shutdown,
    internal,
    tls_failed,
    proxy_failed,
};
template <>
struct label<session_end> : labelled<session_end, "reason"> {};

enum class smtp_command : std::uint8_t {
    helo,
    ehlo,
    mail,
    rcpt,
    data,
    bdat,
    rset,
    noop,
    vrfy,
    expn,
    help,
    quit,
    starttls,
    auth,
    xclient,
    other,
};
template <>
struct label<smtp_command> : labelled<smtp_command, "command"> {};

// The first digit of a reply.
enum class reply_class : std::uint8_t { success, intermediate, temporary, permanent };
template <>
struct label<reply_class> : labelled_as<reply_class, "class", "2 3 4 5"> {};
reply_class reply_class_of(int code) noexcept;

// `command` is the stage of commands that belong to no other stage.
enum class reject_stage : std::uint8_t { connect, helo, mail, rcpt, data, eod, command };
template <>
struct label<reject_stage> : labelled<reject_stage, "stage"> {};

enum class reject_reason : std::uint8_t {
    relay_denied,
    recipient_invalid,
    route,
    suppressed,
    moved,
    permission,
    runaway,
    too_big,
    too_many_rcpt,
    not_signed,
    disk_low,
    store_error,
    loop,
    syntax,
    shutdown,
    bare_newline,
    line_too_long,
    too_many_sessions,
    too_many_messages,
    too_many_errors,
    bad_sequence,
    param,
    rate_limited,
    early_talker,
    nul,
    tls_not_offered,
    tls_on_plain_port,
    tls_required,
    auth_not_offered,
    auth_failed,
    auth_required,
    auth_busy,
    auth_unavailable,
    too_many_logins,
    proxy_denied,
};
template <>
struct label<reject_reason> : labelled<reject_reason, "reason"> {};

// Which limit a message exceeded.
enum class rate_scope : std::uint8_t { client, sender };
template <>
struct label<rate_scope> : labelled<rate_scope, "scope"> {};

// What became of a recipient that is on the suppression list.
enum class suppression_outcome : std::uint8_t { rejected, bounced };
template <>
struct label<suppression_outcome> : labelled<suppression_outcome, "outcome"> {};

// What a permission refused.
enum class permission_refusal : std::uint8_t {
    sender,
    author,  // in the header's From
    recipient,
    size,
    relay,
    rate,
    distinct,  // recipients
    runaway,
};
template <>
struct label<permission_refusal> : labelled<permission_refusal, "reason"> {};

enum class message_source : std::uint8_t { smtp, dsn };
template <>
struct label<message_source> : labelled<message_source, "source"> {};

enum class priority : std::uint8_t { normal, urgent, bulk };
template <>
struct label<priority> : labelled<priority, "priority"> {};

enum class accept_error_cause : std::uint8_t { descriptors, memory, aborted, other };
template <>
struct label<accept_error_cause> : labelled<accept_error_cause, "cause"> {};

enum class tls_version : std::uint8_t { older, v1_2, v1_3 };
template <>
struct label<tls_version> : labelled_as<tls_version, "version", "older TLSv1.2 TLSv1.3"> {};

// The host name that a client asked for: none, one of a certificate of ours, or another.
enum class tls_name : std::uint8_t { none, known, unknown };
template <>
struct label<tls_name> : labelled<tls_name, "name"> {};

// Why a client and we did not agree on TLS.
enum class tls_failure : std::uint8_t {
    closed,      // the client closed the connection
    timeout,     // it did not go on
    clear_text,  // what it sent is not TLS
    version,     // no version that both speak
    cipher,      // no cipher, or no signature, that both know
    alpn,        // it wants another protocol than SMTP
    rejected,    // it refused what we sent, such as our certificate
    flood,       // it sent much that leads nowhere
    shutdown,    // we stopped it
    other,
};
template <>
struct label<tls_failure> : labelled<tls_failure, "reason"> {};

// The mechanism that a client logs in by.
enum class login_mechanism : std::uint8_t { plain, login, scram, scram_plus, oauthbearer, xoauth2 };
template <>
struct label<login_mechanism>
    : labelled_as<
          login_mechanism,
          "mechanism",
          "PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS OAUTHBEARER XOAUTH2"> {};

// How a login ended.
enum class login_outcome : std::uint8_t {
    succeeded,
    wrong,      // the password, the token, or the name
    malformed,  // what the client sent is not what the mechanism looks like
    cancelled,  // by the client
    busy,       // too many passwords were being checked
    shut,       // too many logins have failed: the password was not looked at
    no_keys,    // by which tokens are checked: they could not be had so far
};
template <>
struct label<login_outcome> : labelled<login_outcome, "outcome"> {};

// What named the client behind a proxy.
enum class told_by : std::uint8_t { proxy, xclient };
template <>
struct label<told_by> : labelled<told_by, "by"> {};

// Why a connection from a proxy's network was closed before its client was known.
enum class proxy_failure : std::uint8_t {
    closed,     // it said nothing, as a health check of TCP does
    timeout,    // the header did not come, or not whole
    missing,    // it began with something else
    malformed,  // the header has a mistake
    too_long,
    checksum,  // the header was changed on its way
    shutdown,  // we stopped it
};
template <>
struct label<proxy_failure> : labelled<proxy_failure, "reason"> {};

// What a certificate that a client showed is worth: only a valid one is a credential.
enum class client_certificate : std::uint8_t {
    valid,
    expired,
    not_yet_valid,
    untrusted,
    nameless,  // it is valid, but has no name that could be a credential
    other,
};
template <>
struct label<client_certificate> : labelled<client_certificate, "result"> {};

// Of queue.hpp.

enum class queue_state : std::uint8_t { incoming, ready, active, settling, deferred, held };
template <>
struct label<queue_state> : labelled<queue_state, "state"> {};

// From one limit to the next: a message has one age, so that the classes add up.
enum class queue_age : std::uint8_t {
    under_1m,
    from_1m,
    from_5m,
    from_1h,
    from_6h,
    from_1d,
    over_3d,
};
template <>
struct label<queue_age> : labelled_as<
                              queue_age,
                              "age",
                              "under_1m 1m_to_5m 5m_to_1h 1h_to_6h 6h_to_1d 1d_to_3d over_3d"> {};

enum class finish_outcome : std::uint8_t { delivered, bounced, expired, discarded };
template <>
struct label<finish_outcome> : labelled<finish_outcome, "outcome"> {};

// Of dns.hpp.

enum class dns_type : std::uint8_t { a, aaaa, mx, txt };
template <>
struct label<dns_type> : labelled<dns_type, "type"> {};

enum class dns_result : std::uint8_t { ok, nxdomain, nodata, servfail, timeout, refused, error };
template <>
struct label<dns_result> : labelled<dns_result, "result"> {};

enum class cache_result : std::uint8_t { hit, miss, stale };
template <>
struct label<cache_result> : labelled<cache_result, "result"> {};

// Of store.hpp.

// Removals come in batches.
enum class batch_end : std::uint8_t { written, not_written };
template <>
struct label<batch_end> : labelled<batch_end, "end"> {};

enum class store_op : std::uint8_t { put, get, scan, batch };
template <>
struct label<store_op> : labelled<store_op, "op"> {};

enum class reopen_cause : std::uint8_t { no_space, io_error, corruption, other };
template <>
struct label<reopen_cause> : labelled<reopen_cause, "cause"> {};

enum class filesystem_path : std::uint8_t { queue };
template <>
struct label<filesystem_path> : labelled<filesystem_path, "path"> {};

enum class shed_reason : std::uint8_t { disk, memory, store };
template <>
struct label<shed_reason> : labelled<shed_reason, "reason"> {};

// Of operators.hpp.

enum class shared_list : std::uint8_t { suspensions, suppressions, destinations };
template <>
struct label<shared_list> : labelled<shared_list, "list"> {};

// Of runtime.hpp and http.hpp.

enum class log_level : std::uint8_t { debug, info, notice, warning, error };
template <>
struct label<log_level> : labelled<log_level, "level"> {};

enum class collector : std::uint8_t { queue, store, filesystem };
template <>
struct label<collector> : labelled<collector, "collector"> {};

enum class staging_mode : std::uint8_t { redirect, capture };
template <>
struct label<staging_mode> : labelled<staging_mode, "mode"> {};

enum class reload_result : std::uint8_t { ok, failed };
template <>
struct label<reload_result> : labelled<reload_result, "result"> {};

// Kinds of files; `settings` are those that have no other.
enum class reload_part : std::uint8_t {
    settings,
    users,
    permissions,
    routes,
    relayhosts,
    certificates,
    roots,
    token_keys,
    dkim_keys,
};
template <>
struct label<reload_part> : labelled<reload_part, "what"> {};

enum class http_handler : std::uint8_t { metrics, livez, readyz, api, other };
template <>
struct label<http_handler> : labelled<http_handler, "handler"> {};

enum class http_code : std::uint8_t {
    ok,
    bad_request,
    unauthorized,
    forbidden,
    not_found,
    method_not_allowed,
    unavailable,
};
template <>
struct label<http_code> : labelled_as<http_code, "code", "200 400 401 403 404 405 503"> {};

}  // namespace kurir::metrics
