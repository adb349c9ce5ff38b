// Whether the program is ready, and what the operator should look at.
#include <boost/algorithm/string/join.hpp>

#include <utility>

#include "relay/app/health_report.hpp"
#include "relay/app/service.hpp"
#include "relay/app/staging_checks.hpp"

namespace kurir::app {

admin::readiness service::readiness() const {
    const auto state = store_->state();
    const bool open = state == queue::store_state::open || state == queue::store_state::full;
    const auto gone = database_.trouble();
    admin::readiness all{
        {.name = "listening", .ok = listening_, .detail = "the SMTP listeners are not open"},
        {.name = "running", .ok = !draining_, .detail = "shutting down"},
        {.name = "store",
         .ok = open,
         .detail = gone.empty() ? "the store is being reopened after a failed write"
                                : "the database of the queue can't be reached: " + gone},
        {.name = "disk",
         .ok = !store_->low_on_space(),
         .detail = "less free space than KURIR_QUEUE_MIN_FREE"},
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
    if (const auto trouble = token_keys_->trouble(); !trouble.empty()) {
        all.push_back({
            .name = "keys of tokens",
            .ok = false,
            .detail = "KURIR_OAUTH_JWKS can't be fetched: " + trouble,
            .advisory = true,
        });
    }
    // New mail is accepted; other relays deliver it.
    if (const auto trouble = database_.claims_trouble(); gone.empty() && !trouble.empty()) {
        all.push_back({
            .name = "claims",
            .ok = false,
            .detail = "mail of the shared queue can't be claimed: " + trouble,
            .advisory = true,
        });
    }
    if (const auto trouble = database_.journal_trouble(); !trouble.empty()) {
        all.push_back({
            .name = "results",
            .ok = false,
            .detail = "what was delivered can't be written to KURIR_QUEUE_DIR while the database "
                      "does not answer, and is known to this process only: " +
                      trouble,
            .advisory = true,
        });
    }
    if (const auto trouble = notices_ ? notices_->trouble() : std::string(); !trouble.empty()) {
        all.push_back({
            .name = "board",
            .ok = false,
            .detail = trouble,
            .advisory = true,
        });
    }
    if (const auto trouble = handover_ ? handover_->trouble() : std::string(); !trouble.empty()) {
        all.push_back({
            .name = "handover",
            .ok = false,
            .detail = trouble,
            .advisory = true,
        });
    }
    for (auto& each : staging_checks(*config_))
        all.push_back(std::move(each));
    return all;
}

admin::readiness service::all_checks() const {
    auto all = readiness();
    if (const auto warnings = certificates_->warnings(); !warnings.empty()) {
        all.push_back({
            .name = "certificates",
            .ok = false,
            .detail = boost::algorithm::join(warnings, "; "),
            .advisory = true,
        });
    }
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
