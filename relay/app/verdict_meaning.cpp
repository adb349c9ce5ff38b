#include "relay/app/verdict_meaning.hpp"

#include <string_view>

namespace kurir::app {

namespace {

using outbound::bounce_class;
using outbound::outcome;

std::string_view fate_of(const outbound::verdict& end) {
    if (end.outcome == outcome::delivered && end.cause == outbound::cause::rule) {
        return "A rule of KURIR_ROUTES discards such mail: nothing was sent.";
    }
    if (end.outcome == outcome::delivered) {
        return "The server has taken the message; whether it reaches the mailbox is up to it.";
    }
    if (end.outcome == outcome::failed) {
        return "Such mail goes back to its sender as a bounce.";
    }
    return end.greylisted ? "The server asks to come back: such mail waits a little and is tried "
                            "again."
                          : "Such mail waits in the queue and is tried again.";
}

std::string_view hint_for_reason(bounce_class reason) {
    switch (reason) {
        case bounce_class::bad_mailbox:
            return "Is the recipient's address right?";
        case bounce_class::bad_domain:
            return "Is the domain of the address right?";
        case bounce_class::mailbox_full:
            return "The recipient has to make room.";
        case bounce_class::relay_denied:
            return "The server takes mail for others only from those it knows: a login or our "
                   "address in its list may be missing, or this is not the domain's server.";
        case bounce_class::policy:
        case bounce_class::spam:
            return "The server doesn't trust us or the message: kurir doctor looks at names, SPF, "
                   "DKIM and DMARC; the address may be on a block list.";
        case bounce_class::auth_policy:
            return "SPF, DKIM or DMARC of the sender's domain do not fit: kurir doctor DOMAIN says "
                   "which.";
        case bounce_class::rate:
            return "We have sent the server too much for now.";
        case bounce_class::too_big:
        case bounce_class::content:
        case bounce_class::expired:
        case bounce_class::routing:
        case bounce_class::other:
            break;
    }
    return "";
}

// What is not about the message says more by how far it came.
std::string_view hint_for(const outbound::verdict& end) {
    using outbound::cause;
    if (end.outcome == outcome::delivered) return "";
    constexpr std::string_view about_login =
        "The login is wrong or not allowed: kurir relayhost check tries it alone.";
    if (end.stage == outbound::stage::auth) return about_login;
    switch (end.cause) {
        case cause::connect:
        case cause::timeout:
            return "A firewall may be in the way, here or at the provider of this machine: many "
                   "close port 25.";
        case cause::tls:
            return "The policy asks for TLS that this server does not offer, or its certificate is "
                   "not valid: kurir route shows the policy.";
        case cause::auth:
            return about_login;
        case cause::dns:
            return "Look the names up on this machine: KURIR_DNS_SERVERS names other servers.";
        case cause::rule:
            return "A rule of KURIR_ROUTES says so: kurir route names its line.";
        default:
            return hint_for_reason(end.reason);
    }
}

}  // namespace

std::string plain_meaning(const outbound::verdict& end) {
    std::string text(fate_of(end));
    if (const auto hint = hint_for(end); !hint.empty()) text += ' ' + std::string(hint);
    return text;
}

}  // namespace kurir::app
