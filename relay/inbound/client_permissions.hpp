// The permission of a session's client, from MAIL to the end of each message.
//
// Asks permission_decision.hpp and the counts, and counts what is refused. Lives with its session;
// what it says holds for the configuration that the session began with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "metrics/inbound.hpp"
#include "relay/config/config.hpp"
#include "relay/inbound/client.hpp"
#include "relay/inbound/permission_decision.hpp"
#include "relay/message/authors.hpp"
#include "relay/quota/ledger.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::inbound {

class client_permissions {
public:
    // All must outlive this.
    client_permissions(
        const config::config& config, quota::ledger& counts, metrics::inbound& metrics
    )
        : rules_{config}, counts_(counts), metrics_(metrics) {}

    // MAIL: finds the line for the client as it is known now.
    std::optional<smtp::denial> begin(const client& client, const smtp::server_transaction& opened);

    // RCPT.
    std::optional<smtp::denial> add(std::string_view recipient);

    // So many bytes of the message have come.
    std::optional<smtp::refusal> receive(std::uint64_t size);

    // The message is complete: counts it, unless it is refused.
    std::optional<smtp::refusal> end(
        const message::authors& authors, const smtp::server_transaction& envelope
    );

    // It was not stored.
    void give_back() { counts_.give_back(taken_); }

    // After `begin`.
    bool reads_authors() const { return judges_authors(rules_); }
    std::string_view route() const {
        return rules_.line == nullptr ? std::string_view() : rules_.line->route;
    }
    std::optional<config::mail_priority> priority() const {
        return rules_.line == nullptr ? std::nullopt : rules_.line->priority;
    }

    // What to change so that the last refusal would not happen, for the log.
    const std::string& advice() const noexcept { return advice_; }

private:
    metrics::permission_refusal refuse(objection found);
    void tell_runaway(const quota::excess& excess) const;

    client_rules rules_;
    quota::ledger& counts_;
    metrics::inbound& metrics_;
    std::string account_;                              // of the client
    std::unordered_set<quota::recipient_hash> fresh_;  // recipients that are not counted yet
    quota::taken taken_;
    std::string advice_;
};

}  // namespace kurir::inbound
