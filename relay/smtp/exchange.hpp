// One reply that was given, for logs and metrics: to which command, and what was wrong with it.
#pragma once

#include <cstdint>
#include <string_view>

#include "relay/smtp/command.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::smtp {

// What was wrong with the command. `none`: it was granted.
enum class reject_reason : std::uint8_t {
    none,
    relay_denied,
    sender_denied,
    recipient_invalid,
    sender_unqualified,  // its domain is missing or not full
    recipient_unqualified,
    no_postmaster,
    route,       // a rule of the operator refuses this recipient
    suppressed,  // it is on the suppression list
    moved,       // the recipient has another address, and the client is to use it
    // What a permission of the client refuses:
    sender_not_permitted,
    author_not_permitted,  // in the header's From
    recipient_not_permitted,
    size_not_permitted,
    relay_not_permitted,
    too_many_submitted,  // messages in a period
    too_many_different,  // recipients in a period
    runaway,             // far more than is usual
    too_big,
    header_too_big,
    too_many_recipients,
    not_signed,  // a DKIM signature failed
    disk_low,
    store_error,
    loop,
    syntax,
    parameter,
    bad_sequence,
    bare_newline,
    nul,
    line_too_long,
    key_too_long,  // X-Kurir-Idempotency-Key
    too_many_errors,
    too_many_sessions,
    too_many_of_client,
    too_many_messages,  // of this session
    rate_limited,
    early_talker,
    tls_not_offered,
    tls_on_plain_port,
    tls_required,
    auth_not_offered,
    auth_failed,     // a login: the password, or the name
    auth_malformed,  // what came is not what the mechanism looks like
    auth_cancelled,
    auth_busy,
    auth_unavailable,
    auth_required,
    too_many_logins,  // that failed
    proxy_denied,     // it may not say who the client is
    timeout,
    shutdown,
};

struct exchange {
    verb command = verb::unknown;
    stage at = stage::other;
    int code = 0;
    enhanced_status status;
    reject_reason reason = reject_reason::none;
    std::string_view word;      // the verb as it was written, untrusted; empty: not to be shown
    std::string_view argument;  // of the command, untrusted
};

}  // namespace kurir::smtp
