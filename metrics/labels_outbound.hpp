// The values of the labels of outbound.hpp and relayhosts.hpp (labels.hpp).
#pragma once

#include <cstdint>

#include "metrics/label.hpp"

namespace kurir::metrics {

enum class delivery_result : std::uint8_t { delivered, deferred, failed };
template <>
struct label<delivery_result> : labelled<delivery_result, "result"> {};

// What decided the result of an attempt.
enum class delivery_cause : std::uint8_t {
    reply,     // the remote server's reply
    dns,       // the look-up of the destination failed
    connect,   // no host could be reached
    timeout,   // the remote server did not answer in time
    lost,      // it closed the connection
    protocol,  // its answer is not SMTP
    tls,       // TLS could not be agreed on as the policy asks
    auth,      // the login was refused or not possible
    content,   // the message needs an extension that no server offers
    expired,   // the time in the queue is over
    local,     // a failure of this relay
    rule,      // a rule of KURIR_ROUTES ends the mail
};
template <>
struct label<delivery_cause> : labelled<delivery_cause, "cause"> {};

enum class delivery_stage : std::uint8_t {
    dns,
    connect,
    banner,
    ehlo,
    tls,
    auth,
    mail,
    rcpt,
    data,
    eod,
};
template <>
struct label<delivery_stage> : labelled<delivery_stage, "stage"> {};

// Class and subject of an enhanced status code; `none` without one.
enum class enhanced_code : std::uint8_t {
    none,
    t0,
    t1,
    t2,
    t3,
    t4,
    t5,
    t6,
    t7,  // 4.0 to 4.7
    p0,
    p1,
    p2,
    p3,
    p4,
    p5,
    p6,
    p7,  // 5.0 to 5.7
};
template <>
struct label<enhanced_code>
    : labelled_as<
          enhanced_code,
          "enhanced",
          "none 4.0 4.1 4.2 4.3 4.4 4.5 4.6 4.7 5.0 5.1 5.2 5.3 5.4 5.5 5.6 5.7"> {};
enhanced_code enhanced_code_of(int code_class, int subject) noexcept;

enum class bounce_reason : std::uint8_t {
    bad_mailbox,
    bad_domain,
    mailbox_full,
    relay_denied,
    policy,
    spam,
    auth_policy,
    too_big,
    content,
    rate,
    expired,
    routing,
    other,
};
template <>
struct label<bounce_reason> : labelled<bounce_reason, "reason"> {};

enum class connection_state : std::uint8_t { connecting, busy, idle };
template <>
struct label<connection_state> : labelled<connection_state, "state"> {};

enum class open_result : std::uint8_t { ok, error };
template <>
struct label<open_result> : labelled<open_result, "result"> {};

// Of a remote server's certificate.
enum class remote_certificate : std::uint8_t {
    valid,
    wrong_name,
    expired,
    not_yet_valid,
    self_signed,
    untrusted,
    missing,
    invalid,  // anything else
};
template <>
struct label<remote_certificate> : labelled<remote_certificate, "certificate"> {};

// Why a remote server and we did not agree on TLS.
enum class remote_tls_failure : std::uint8_t {
    not_offered,
    refused,      // it does not start what it offers
    certificate,  // the policy asks for a valid one
    closed,       // it closed the connection
    timeout,      // it did not go on
    clear_text,   // what it sent is not TLS
    version,      // no version that both speak
    cipher,       // no cipher, or no signature, that both know
    rejected,     // it refused what we sent
    flood,        // it sent much that leads nowhere
    other,
};
template <>
struct label<remote_tls_failure> : labelled<remote_tls_failure, "reason"> {};

// Why mail goes to a remote server in clear.
enum class clear_reason : std::uint8_t {
    policy,  // TLS is off
    not_offered,
    failed,  // TLS just failed, or was refused
    failed_lately,
};
template <>
struct label<clear_reason> : labelled<clear_reason, "reason"> {};

enum class throttle_reason : std::uint8_t {
    concurrency,
    rate,
    backoff,
    suspended,
    fair_share,
    workers
};
template <>
struct label<throttle_reason> : labelled<throttle_reason, "reason"> {};

// The resource that this machine lacks for an attempt.
enum class shortage : std::uint8_t { descriptors, memory, ports, store, claim };
template <>
struct label<shortage> : labelled<shortage, "resource"> {};

// Of relayhosts.hpp.

enum class login_result : std::uint8_t {
    ok,
    refused,     // for good: the name, the password or the token is wrong
    put_off,     // for now, as the relayhost says
    impossible,  // it offers no login that can be used
    no_token,    // there was none to log in with
};
template <>
struct label<login_result> : labelled<login_result, "result"> {};

enum class token_result : std::uint8_t {
    ok,
    refused,  // the token server says that it will not give one
    failed,   // it can't be reached, or its answer is none
};
template <>
struct label<token_result> : labelled<token_result, "result"> {};

enum class address_family : std::uint8_t { ipv4, ipv6 };
template <>
struct label<address_family> : labelled<address_family, "family"> {};

enum class dsn_type : std::uint8_t { failure };
template <>
struct label<dsn_type> : labelled<dsn_type, "type"> {};

}  // namespace kurir::metrics
