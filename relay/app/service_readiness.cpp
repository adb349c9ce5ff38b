// Whether the program is ready, and what the operator should look at.
#include <boost/algorithm/string/join.hpp>

#include <string>
#include <utility>

#include "relay/app/health_report.hpp"
#include "relay/app/service.hpp"
#include "relay/app/staging_checks.hpp"

namespace kurir::app {

namespace {

// Adds what keeps nobody from sending mail here; nothing if there is no trouble.
void advise(
    admin::readiness& all, const char* name, const std::string& trouble, const char* meaning = ""
) {
    if (trouble.empty()) return;
    all.push_back({.name = name, .ok = false, .detail = meaning + trouble, .advisory = true});
}

}  // namespace

admin::readiness service::readiness() const {
    const auto state = store_->state();
    const bool open = state == queue::store_state::open || state == queue::store_state::full;
    const auto gone = database_.trouble();
    const auto no_room = database_.room_trouble();
    admin::readiness all{
        {.name = "listening", .ok = listening_, .detail = "the SMTP listeners are not open"},
        {.name = "running", .ok = !draining_, .detail = "shutting down"},
        {.name = "store",
         .ok = open,
         .detail = gone.empty() ? "the store is being reopened after a failed write"
                                : "the database of the queue " + gone},
        {.name = "disk",
         .ok = !store_->low_on_space(),
         .detail = no_room.empty() ? "less free space than KURIR_QUEUE_MIN_FREE"
                                   : "the database of the queue " + no_room},
        {.name = "memory",
         .ok = state != queue::store_state::full || store_->low_on_space(),
         .detail = "the memory limit is nearly reached"},
        gateway_check(),
    };
    for (const auto& [relayhost, why] : logins_->failing()) {
        all.push_back({
            .name = "login to the relayhost " + relayhost,
            .ok = false,
            .detail = why,
            .advisory = true,
        });
    }
    advise(all, "keys of tokens", token_keys_->trouble(), "KURIR_OAUTH_JWKS can't be fetched: ");
    // New mail is accepted; other relays deliver it.
    const auto unclaimed = gone.empty() ? database_.claims_trouble() : std::string();
    advise(all, "claims", unclaimed, "mail of the shared queue can't be claimed: ");
    advise(
        all,
        "results",
        database_.journal_trouble(),
        "what was delivered can't be written to KURIR_QUEUE_DIR while the database does not "
        "answer, "
        "and is known to this process only: "
    );
    if (notices_) advise(all, "board", notices_->trouble());
    if (handover_) advise(all, "handover", handover_->trouble());
    for (auto& each : staging_checks(*config_))
        all.push_back(std::move(each));
    return all;
}

admin::readiness service::all_checks() const {
    auto all = readiness();
    advise(all, "certificates", boost::algorithm::join(certificates_->warnings(), "; "));
    const auto mistakes = reloads_->mistakes();
    all.push_back({
        .name = "files",
        .ok = mistakes.empty(),
        .detail = boost::algorithm::join(mistakes, "; "),
        .advisory = true,
    });
    return all;
}

// For the service manager.
std::string service::status() const {
    if (draining_) return "stopping: mail in progress is finished, the rest stays in the queue";
    return status_of(all_checks());
}

void service::publish_reach(bool v6, outbound::reachability::news news) {
    outbound::log_reachability(v6, news);
    using family = metrics::address_family;
    metrics_.outbound.outbound_family_unreachable(v6 ? family::ipv6 : family::ipv4)
        .set(news == outbound::reachability::news::off ? 1 : 0);
}

// What the log's event `gateway` warns of, as long as it lasts.
admin::check service::gateway_check() const {
    const auto gateway = smtp_->trusted_gateway();
    admin::check check{.name = "gateway", .ok = !gateway, .advisory = true};
    if (gateway) {
        check.detail = "every client seems to be the network's gateway, " + gateway->to_string() +
                       ", which is trusted: if a port is published, anybody who reaches it may "
                       "relay";
    }
    return check;
}

void service::publish() {
    metrics_.runtime.ready.set(admin::is_ready(readiness()) ? 1 : 0);
}

}  // namespace kurir::app
