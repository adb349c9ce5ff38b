// The fixed sets of label values: one enum per label, named after it. The name of a value is the
// text that is exported, so renaming one renames a series.
//
// No label takes arbitrary values: every input is mapped to one of these values. A label whose
// values are known when the program starts is a `known_names` (names.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "metrics/enumerators.hpp"

namespace kurir::metrics {

// `label<E>::name` is the label, `label<E>::values[e]` the text of a value.
template <class Enum>
struct label;

// A string literal as a template argument.
template <std::size_t Size>
struct literal {
    consteval literal(const char (&characters)[Size]) { std::copy_n(characters, Size, text); }
    constexpr std::string_view view() const { return {text, Size - 1}; }
    char text[Size];
};

// The text of a value is its name in the enum.
template <class Enum, literal Name>
struct labelled {
    static constexpr std::string_view name = Name.view();
    static constexpr auto values = enumerators<Enum>;
};

// For texts that can't be names: all of them in the order of the enum, separated by single spaces.
template <class Enum, literal Name, literal Values>
struct labelled_as {
    static constexpr std::string_view name = Name.view();

private:
    static constexpr std::size_t count = 1 + std::ranges::count(Values.view(), ' ');
    static_assert(count == count_enumerators<Enum>(), "a text for each value of the enum");

    static consteval auto split() {
        std::array<std::string_view, count> words;
        auto rest = Values.view();
        for (auto& word : words) {
            word = rest.substr(0, rest.find(' '));
            rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        }
        return words;
    }

public:
    static constexpr auto values = split();
};

template <class Enum>
constexpr std::string_view text(Enum value) {
    return label<Enum>::values[static_cast<std::size_t>(value)];
}

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
    too_big,
    too_many_rcpt,
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
};
template <>
struct label<reject_reason> : labelled<reject_reason, "reason"> {};

// Which limit a message exceeded.
enum class rate_scope : std::uint8_t { client, sender };
template <>
struct label<rate_scope> : labelled<rate_scope, "scope"> {};

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

// Of queue.hpp.

enum class queue_state : std::uint8_t { incoming, ready, active, settling, deferred };
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

// Of outbound.hpp.

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
    content,   // the message needs an extension that no server offers
    expired,   // the time in the queue is over
    local,     // a failure of this relay
    rule,      // a rule of KURIR_ROUTES ends the mail
};
template <>
struct label<delivery_cause> : labelled<delivery_cause, "cause"> {};

enum class delivery_stage : std::uint8_t { dns, connect, banner, ehlo, mail, rcpt, data, eod };
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
enum class shortage : std::uint8_t { descriptors, memory, ports, store };
template <>
struct label<shortage> : labelled<shortage, "resource"> {};

enum class dsn_type : std::uint8_t { failure };
template <>
struct label<dsn_type> : labelled<dsn_type, "type"> {};

// Of dns.hpp.

enum class dns_type : std::uint8_t { a, aaaa, mx };
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

// Of runtime.hpp and http.hpp.

enum class log_level : std::uint8_t { debug, info, notice, warning, error };
template <>
struct label<log_level> : labelled<log_level, "level"> {};

enum class collector : std::uint8_t { queue, store, filesystem };
template <>
struct label<collector> : labelled<collector, "collector"> {};

enum class reload_result : std::uint8_t { ok, failed };
template <>
struct label<reload_result> : labelled<reload_result, "result"> {};

enum class http_handler : std::uint8_t { metrics, livez, readyz, other };
template <>
struct label<http_handler> : labelled<http_handler, "handler"> {};

enum class http_code : std::uint8_t { ok, bad_request, not_found, method_not_allowed, unavailable };
template <>
struct label<http_code> : labelled_as<http_code, "code", "200 400 404 405 503"> {};

}  // namespace kurir::metrics
