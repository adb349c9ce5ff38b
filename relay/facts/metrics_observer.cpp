#include "relay/facts/metrics_observer.hpp"

namespace kurir::facts {

void metrics_observer::on_received(const received& fact) {
    constexpr auto source = metrics::message_source::smtp;
    const auto priority = metrics::same_named<metrics::priority>(fact.priority);
    inbound_.messages_received_total(source, priority).inc();
    inbound_.recipients_received_total(source).inc(static_cast<double>(fact.recipients));
    inbound_.received_bytes_total(source).inc(static_cast<double>(fact.size));
    inbound_.message_size_bytes.observe(static_cast<double>(fact.size));
    inbound_.message_recipients.observe(static_cast<double>(fact.recipients));
    inbound_.smtp_accept_duration_seconds.observe(fact.took.count());
    if (fact.long_lines) inbound_.messages_long_lines_total.inc();
    if (!fact.unknown_priority.empty()) inbound_.messages_unknown_priority_total.inc();
}

void metrics_observer::on_refused(const refused& fact) {
    inbound_.smtp_rejects_total(fact.stage, fact.reason).inc();
    if (fact.reason == metrics::reject_reason::relay_denied && fact.of_neighbour) {
        inbound_.smtp_neighbours_denied_total.inc();
    }
}

void metrics_observer::on_session_ended(const session_ended& fact) {
    inbound_.smtp_session_duration_seconds.observe(fact.lasted.count());
    inbound_.smtp_sessions_closed_total(fact.reason).inc();
}

}  // namespace kurir::facts
