#include "relay/inbound/permission_decision.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace kurir::inbound {

namespace {

using refused = metrics::permission_refusal;
using reason = smtp::reject_reason;

struct refusal_text {
    refused kind;
    reason told;
    int code;
    smtp::enhanced_status status;
    std::string_view text;
    std::optional<smtp::refusal> at_end = {};  // if it can be found out there
};

constexpr smtp::enhanced_status denied{5, 7, 1};
constexpr smtp::enhanced_status wait{4, 7, 1};

// 550 is what RFC 5321 has for policy. A client that is over its rate gets 450, not 452: after 452
// 4.5.3 clients send the other recipients at once (RFC 5321 section 4.5.3.1.10).
constexpr std::array rows = {
    refusal_text{
        refused::sender,
        reason::sender_not_permitted,
        550,
        denied,
        "You may not send with this sender address"
    },
    refusal_text{
        refused::author,
        reason::author_not_permitted,
        550,
        denied,
        "You may not send with this address in From:",
        smtp::refusal::author_not_permitted
    },
    refusal_text{
        refused::recipient,
        reason::recipient_not_permitted,
        550,
        denied,
        "You may not send to this address"
    },
    refusal_text{
        refused::size,
        reason::size_not_permitted,
        552,
        {5, 3, 4},
        "Message is too big",
        smtp::refusal::size_not_permitted
    },
    refusal_text{refused::relay, reason::relay_not_permitted, 550, denied, "Relay access denied"},
    refusal_text{
        refused::rate,
        reason::too_many_submitted,
        450,
        wait,
        "Too many messages of this client",
        smtp::refusal::too_many_submitted
    },
    refusal_text{
        refused::distinct,
        reason::too_many_different,
        450,
        wait,
        "Too many different recipients of this client",
        smtp::refusal::too_many_different
    },
    refusal_text{
        refused::runaway, reason::runaway, 450, wait, "Far more messages than usual of this client"
    },
};
static_assert(
    metrics::has_row_for_each(rows, &refusal_text::kind), "a row for each refusal, in order"
);

constexpr const refusal_text& row_of(refused kind) noexcept {
    return rows[static_cast<std::size_t>(kind)];
}

std::string place_of(const config::permission& line) {
    return " in line " + std::to_string(line.line) + " of KURIR_PERMISSIONS";
}

objection by_line(refused kind, std::string_view key, const config::permission& line) {
    return {kind, "change " + std::string(key) + place_of(line)};
}

objection by_domains(refused kind, std::string_view setting) {
    return {kind, "add the domain to " + std::string(setting)};
}

// `kind`: sender or author.
std::optional<objection> objection_to_own(
    const client_rules& rules, refused kind, std::string_view address
) {
    if (rules.line != nullptr && !rules.line->allows_sender(address)) {
        return by_line(kind, "from=", *rules.line);
    }
    if (!config::is_in_domains(rules.config.allowed_sender_domains, address)) {
        return by_domains(kind, "KURIR_ALLOWED_SENDER_DOMAINS");
    }
    return std::nullopt;
}

}  // namespace

std::optional<objection> objection_to_sender(const client_rules& rules, std::string_view address) {
    if (address.empty()) return std::nullopt;
    return objection_to_own(rules, refused::sender, address);
}

std::optional<objection> objection_to_recipient(
    const client_rules& rules, std::string_view address
) {
    if (rules.line != nullptr && !rules.line->relay) {
        return by_line(refused::relay, "relay=no", *rules.line);
    }
    if (rules.line != nullptr && !rules.line->allows_recipient(address)) {
        return by_line(refused::recipient, "to=", *rules.line);
    }
    if (!config::is_in_domains(rules.config.allowed_recipient_domains, address)) {
        return by_domains(refused::recipient, "KURIR_ALLOWED_RECIPIENT_DOMAINS");
    }
    return std::nullopt;
}

std::optional<objection> objection_to_size(const client_rules& rules, std::uint64_t size) {
    const bool fits = rules.line == nullptr || rules.line->max_size == 0;
    if (fits || size <= rules.line->max_size) return std::nullopt;
    return by_line(refused::size, "max_size=", *rules.line);
}

bool judges_authors(const client_rules& rules) {
    const bool by_its_line = rules.line != nullptr && !rules.line->senders.empty();
    return by_its_line || !rules.config.allowed_sender_domains.empty();
}

std::optional<objection> objection_to_authors(
    const client_rules& rules, const message::authors& authors, bool has_sender
) {
    if (!judges_authors(rules)) return std::nullopt;
    const bool by_its_line = rules.line != nullptr && !rules.line->senders.empty();
    const bool missing = authors.addresses.empty() && !has_sender;
    if (!authors.readable || missing) {
        return by_its_line ? by_line(refused::author, "from=", *rules.line)
                           : by_domains(refused::author, "KURIR_ALLOWED_SENDER_DOMAINS");
    }
    for (const auto& each : authors.addresses) {
        if (auto found = objection_to_own(rules, refused::author, each)) return found;
    }
    return std::nullopt;
}

quota::limits limits_of(const client_rules& rules) {
    quota::limits limits{.runaway = rules.config.runaway};
    if (rules.line == nullptr) return limits;
    limits.messages = rules.line->rates;
    limits.recipients = rules.line->distinct;
    limits.runaway = rules.line->runaway.value_or(limits.runaway);
    return limits;
}

objection objection_of(const quota::excess& excess, const client_rules& rules) {
    switch (excess.brake) {
        case quota::brake::messages:
            return by_line(refused::rate, "rate=", *rules.line);
        case quota::brake::recipients:
            return by_line(refused::distinct, "distinct=", *rules.line);
        case quota::brake::runaway:
            break;
    }
    return {
        refused::runaway,
        "if this mail is wanted, set runaway=off in a line of KURIR_PERMISSIONS for this client, "
        "and send SIGHUP"
    };
}

std::string account_name(const client_rules& rules, const client& client) {
    const bool by_network = rules.line != nullptr && !rules.line->networks.empty();
    if (by_network) return rules.line->subject;
    if (client.credential.empty()) return "client:" + client.network;
    const bool certificate = client.credential.starts_with("cert:");
    return (certificate ? "" : "user:") + client.credential;
}

smtp::denial denial_for(refused kind, std::optional<std::chrono::seconds> wait_time) {
    const auto& found = row_of(kind);
    std::string text(found.text);
    if (wait_time) {
        text += ", try again in " + std::to_string(wait_time->count()) + " s";
    } else if (found.code < 500) {
        text += ", try later";
    }
    return {
        .answer = {.code = found.code, .status = found.status, .lines = {std::move(text)}},
        .reason = found.told,
    };
}

smtp::refusal refusal_for(refused kind) {
    assert(row_of(kind).at_end);
    return *row_of(kind).at_end;
}

bool is_by_permission(smtp::reject_reason told) noexcept {
    return std::ranges::find(rows, told, &refusal_text::told) != rows.end();
}

}  // namespace kurir::inbound
