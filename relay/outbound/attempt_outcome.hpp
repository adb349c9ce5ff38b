// The words for what became of an attempt: how far it came, what decided it, and what that means
// for a recipient. They are below both those who read replies and those who judge.
#pragma once

#include <cstdint>

namespace kurir::outbound {

// How far an attempt came.
enum class stage : std::uint8_t { dns, connect, banner, ehlo, tls, auth, mail, rcpt, data, eod };

// The server has not seen anything of the mail yet, but only of us.
constexpr bool is_of_session(stage stage) {
    return stage >= stage::banner && stage <= stage::auth;
}

// What decided its result.
enum class cause : std::uint8_t {
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

enum class outcome : std::uint8_t { delivered, deferred, failed };

// What a full mailbox means that a server refuses for good (5.2.2): KURIR_MAILBOX_FULL.
enum class full_mailbox : std::uint8_t { fails, waits };

}  // namespace kurir::outbound
