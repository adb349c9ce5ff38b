// The part of a session that keeps mail from recipients on the suppression list.
#include <chrono>

#include "relay/base/listed.hpp"
#include "relay/inbound/observations.hpp"
#include "relay/inbound/session.hpp"
#include "relay/inbound/suppression_decision.hpp"
#include "relay/log/log.hpp"
#include "relay/suppression/export.hpp"

namespace kurir::inbound {

namespace {

suppression::seconds_time calendar_time() {
    return std::chrono::floor<std::chrono::seconds>(net::calendar_now());
}

}  // namespace

std::optional<smtp::denial> session::refuses_suppressed(
    const smtp::path& reverse_path, const smtp::mailbox& recipient
) {
    const auto& config = *settings_->config;
    if (config.suppression != config::suppression_policy::reject) return std::nullopt;
    const auto found = entry_against(
        recipient,
        tenants_of(client_.credential, reverse_path),
        config,
        around_.suppressions,
        calendar_time()
    );
    if (!found) return std::nullopt;
    using outcome = metrics::suppression_outcome;
    around_.metrics.suppressed_recipients_total(outcome::rejected).inc();
    suppression_advice_ = releasing_advice(*found);
    return denial_of(*found);
}

// Also where RCPT refuses them: copies (KURIR_ALWAYS_BCC) have no RCPT, and an entry may be younger
// than that.
void session::bounce_suppressed(queue::submission& message) {
    const auto& config = *settings_->config;
    const auto tenants = tenants_of(client_.credential, dialogue_.current().reverse_path);
    const auto time = calendar_time();
    const auto found = set_apart(message, [&](const smtp::mailbox& recipient) {
        return entry_against(recipient, tenants, config, around_.suppressions, time);
    });
    if (found.empty()) return;
    using outcome = metrics::suppression_outcome;
    around_.metrics.suppressed_recipients_total(outcome::bounced)
        .inc(static_cast<double>(found.size()));
    log::event(log::level::notice, "suppression")
        .with("what", "bounced")
        .with("queue_id", message.mail.id.text())
        .with("recipients", found.size())
        .with("to", base::listed(found, [](const auto& each) { return shown_subject(each); }))
        .with("reason", found.front().reason);
}

}  // namespace kurir::inbound
