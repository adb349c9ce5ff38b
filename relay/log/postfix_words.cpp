#include "relay/log/postfix_words.hpp"

#include <algorithm>
#include <array>

namespace kurir::log {

namespace {

struct pair {
    std::string_view ours;
    std::string_view postfix;
};

constexpr std::string_view too_much = "Error: too much mail from this client";

constexpr auto refusals = std::to_array<pair>({
    {"relay_denied", "Relay access denied"},
    {"relay_not_permitted", "Relay access denied"},
    {"sender_denied", "Sender address rejected: Access denied"},
    {"sender_not_permitted", "Sender address rejected: Access denied"},
    {"author_not_permitted", "Sender address rejected: Access denied"},
    {"sender_unqualified", "Sender address rejected: need fully-qualified address"},
    {"recipient_unqualified", "Recipient address rejected: need fully-qualified address"},
    {"recipient_invalid", "Bad recipient address syntax"},
    {"no_postmaster", "Recipient address rejected: User unknown"},
    {"recipient_not_permitted", "Recipient address rejected: Access denied"},
    {"suppressed", "Recipient address rejected: Access denied"},
    {"route", "Recipient address rejected: Access denied"},
    {"moved", "Recipient address rejected: Access denied"},
    {"too_many_submitted", too_much},
    {"too_many_different", too_much},
    {"rate_limited", too_much},
    {"runaway", too_much},
    {"too_big", "Message size exceeds fixed limit"},
    {"header_too_big", "Message size exceeds fixed limit"},
    {"size_not_permitted", "Message size exceeds fixed limit"},
    {"too_many_rcpt", "Error: too many recipients"},
    {"disk_low", "Insufficient system storage"},
    {"store_error", "Error: queue file write error"},
    {"loop", "Error: too many hops"},
    {"syntax", "Error: bad syntax"},
    {"param", "Unsupported option"},
    {"bad_sequence", "Error: bad sequence of commands"},
    {"bare_newline", "Error: bare <LF> received"},
    {"nul", "Error: NUL byte received"},
    {"line_too_long", "Error: line too long"},
    {"key_too_long", "Error: header field too long"},
    {"too_many_messages", "Error: too many messages in one session"},
    {"too_many_sessions", "Error: too many connections from this client"},
    {"tls_required", "Must issue a STARTTLS command first"},
    {"tls_not_offered", "Error: command not implemented"},
    {"tls_on_plain_port", "Error: command not recognized"},
    {"auth_required", "Authentication required"},
    {"auth_not_offered", "Error: authentication not enabled"},
    {"proxy_denied", "Error: insufficient authorization"},
    {"not_signed", "Error: message not signed"},
    {"shutdown", "Error: shutting down"},
});

constexpr auto offences = std::to_array<pair>({
    {"too_many_errors", "too many errors"},
    {"early_talker", "improper command pipelining"},
});

constexpr auto logins = std::to_array<pair>({
    {"wrong", "authentication failure"},
    {"shut", "authentication failure"},
    {"busy", "Connection lost to authentication server"},
    {"no_keys", "Connection lost to authentication server"},
});

constexpr auto stages = std::to_array<pair>({
    {"ehlo", "EHLO command"},
    {"tls", "STARTTLS command"},
    {"auth", "AUTH command"},
    {"mail", "MAIL FROM command"},
    {"rcpt", "RCPT TO command"},
    {"data", "DATA command"},
    {"eod", "end of DATA command"},
});

constexpr auto commands = std::to_array<std::string_view>(
    {"HELO",
     "EHLO",
     "MAIL",
     "RCPT",
     "DATA",
     "BDAT",
     "RSET",
     "NOOP",
     "VRFY",
     "EXPN",
     "HELP",
     "QUIT",
     "STARTTLS",
     "AUTH",
     "XCLIENT",
     "END-OF-MESSAGE"}
);

template <class Pairs>
std::string_view find(const Pairs& pairs, std::string_view ours) {
    const auto found = std::ranges::find(pairs, ours, &pair::ours);
    return found == pairs.end() ? std::string_view() : found->postfix;
}

}  // namespace

std::string_view words_for(std::string_view reason) {
    const auto known = find(refusals, reason);
    return known.empty() ? "Error: not accepted" : known;
}

std::string_view offence_of(std::string_view reason) {
    return find(offences, reason);
}

std::string_view login_words(std::string_view reason) {
    return find(logins, reason);
}

std::string_view known_command(std::string_view verb) {
    const auto found = std::ranges::find(commands, verb);
    return found == commands.end() ? "UNKNOWN" : *found;
}

std::string_view answered_command(std::string_view stage) {
    return find(stages, stage);
}

}  // namespace kurir::log
