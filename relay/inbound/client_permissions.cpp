#include "relay/inbound/client_permissions.hpp"

#include <utility>

#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"

namespace kurir::inbound {

metrics::permission_refusal client_permissions::refuse(objection found) {
    metrics_.permission_refusals_total(found.reason).inc();
    advice_ = std::move(found.advice);
    return found.reason;
}

std::optional<smtp::denial> client_permissions::begin(
    const client& client, const smtp::server_transaction& opened
) {
    fresh_.clear();
    taken_ = {};
    rules_.line = rules_.config.permissions.find(
        {.credential = client.credential, .address = client.known_address()}
    );
    if (auto found = objection_to_sender(rules_, opened.reverse_path.text())) {
        return denial_for(refuse(std::move(*found)));
    }
    if (auto found = objection_to_size(rules_, opened.declared_size)) {
        return denial_for(refuse(std::move(*found)));
    }
    const auto limits = limits_of(rules_);
    if (!limits.any() && !counts_.any_stopped()) return std::nullopt;
    account_ = account_name(rules_, client);
    const auto over = counts_.look(account_, limits, net::calendar_now());
    if (!over) return std::nullopt;
    const bool runaway = over->brake == quota::brake::runaway;
    if (over->begins) tell_runaway(*over);
    const auto reason = refuse(objection_of(*over, rules_));
    return denial_for(reason, runaway ? std::nullopt : std::optional(over->wait));
}

void client_permissions::tell_runaway(const quota::excess& excess) const {
    metrics_.runaways_total.inc();
    metrics_.runaways_active.inc();  // the keeper of the counts sets it anew
    log::event(log::level::warning, "runaway")
        .with("what", "stopped")
        .with("client", account_)
        .with("messages_last_hour", excess.sent)
        .with("messages_usual", excess.usual)
        .with("advice", objection_of(excess, rules_).advice);
}

std::optional<smtp::denial> client_permissions::add(std::string_view recipient) {
    if (auto found = objection_to_recipient(rules_, recipient)) {
        return denial_for(refuse(std::move(*found)));
    }
    const auto limit = limits_of(rules_).recipients;
    if (!limit) return std::nullopt;
    const auto hash = quota::hash_of(recipient);
    if (fresh_.contains(hash)) return std::nullopt;
    using answer = quota::ledger::answer;
    switch (counts_.look(account_, *limit, hash, fresh_.size(), net::calendar_now())) {
        case answer::known:
            return std::nullopt;
        case answer::fresh:
            fresh_.insert(hash);
            return std::nullopt;
        case answer::too_many:
            break;
    }
    return denial_for(refuse(objection_of({.brake = quota::brake::recipients}, rules_)));
}

std::optional<smtp::refusal> client_permissions::receive(std::uint64_t size) {
    auto found = objection_to_size(rules_, size);
    if (!found) return std::nullopt;
    return refusal_for(refuse(std::move(*found)));
}

std::optional<smtp::refusal> client_permissions::end(
    const message::authors& authors, const smtp::server_transaction& envelope
) {
    const bool has_sender = !envelope.reverse_path.text().empty();
    if (auto found = objection_to_authors(rules_, authors, has_sender)) {
        return refusal_for(refuse(std::move(*found)));
    }
    const auto limits = limits_of(rules_);
    if (!limits.any()) return std::nullopt;
    std::unordered_set<quota::recipient_hash> different;
    if (limits.recipients) {
        for (const auto& each : envelope.recipients)
            different.insert(quota::hash_of(each.text()));
    }
    const std::vector<quota::recipient_hash> recipients(different.begin(), different.end());
    const auto over = counts_.take(account_, limits, recipients, net::calendar_now(), taken_);
    if (!over) return std::nullopt;
    return refusal_for(refuse(objection_of(*over, rules_)));
}

}  // namespace kurir::inbound
