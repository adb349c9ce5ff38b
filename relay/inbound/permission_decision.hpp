// What the permission of a client says about a message, and the replies. Pure.
//
// KURIR_ALLOWED_SENDER_DOMAINS and KURIR_ALLOWED_RECIPIENT_DOMAINS hold beside the client's own
// line of KURIR_PERMISSIONS: an address must be allowed by both.
//
// The null reverse-path is allowed to everyone: automatic messages (receipts, vacation notices,
// bounces) must use it (RFC 5321 section 4.5.5), and it claims to be nobody. Such a message must
// have a From field then, and it is this field that is judged. A message with a sender may lack
// From, because nothing in it claims to be from somebody else. Resent-From and Sender are not
// judged: no mail program shows them as the author.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/labels.hpp"
#include "relay/config/config.hpp"
#include "relay/inbound/client.hpp"
#include "relay/message/authors.hpp"
#include "relay/quota/ledger.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::inbound {

// The rules for one client. `line` is null if no line of KURIR_PERMISSIONS is for it.
struct client_rules {
    const config::config& config;
    const config::permission* line = nullptr;
};

struct objection {
    metrics::permission_refusal reason;
    std::string advice;  // what to change, for the log: it names the line
};

// `reverse_path`: empty is the null one.
std::optional<objection> objection_to_sender(const client_rules& rules, std::string_view address);
std::optional<objection> objection_to_recipient(
    const client_rules& rules, std::string_view address
);
std::optional<objection> objection_to_size(const client_rules& rules, std::uint64_t size);
std::optional<objection> objection_to_authors(
    const client_rules& rules, const message::authors& authors, bool has_sender
);

// True if the objections to authors need to know them.
bool judges_authors(const client_rules& rules);

quota::limits limits_of(const client_rules& rules);
objection objection_of(const quota::excess& excess, const client_rules& rules);

// The name under which a client is counted: its user or its certificate; its networks, together, if
// these are the subject of its line; else its own network, as other limits count it.
std::string account_name(const client_rules& rules, const client& client);

// The reply to MAIL or RCPT. It names no line: the client learns what, not why. `wait`: how long
// the client should wait, if that is known.
smtp::denial denial_for(
    metrics::permission_refusal reason, std::optional<std::chrono::seconds> wait = std::nullopt
);

// The same at the end of a message.
smtp::refusal refusal_for(metrics::permission_refusal reason);

// True for what only these decisions refuse.
bool is_by_permission(smtp::reject_reason reason) noexcept;

}  // namespace kurir::inbound
