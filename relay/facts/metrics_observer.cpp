#include "relay/facts/metrics_observer.hpp"

namespace kurir::facts {

namespace {

constexpr std::string_view default_route = "default";

}  // namespace

void metrics_observer::on_received(const received& fact) {
    constexpr auto source = metrics::message_source::smtp;
    const auto priority = metrics::same_named<metrics::priority>(fact.priority);
    inbound_.messages_received_total(source, priority).inc();
    inbound_.recipients_received_total(source).inc(static_cast<double>(fact.recipients));
    inbound_.received_bytes_total(source).inc(static_cast<double>(fact.size));
    inbound_.message_size_bytes.observe(static_cast<double>(fact.size));
    inbound_.message_recipients.observe(static_cast<double>(fact.recipients));
    inbound_.smtp_accept_duration_seconds.observe(fact.took.count());
    const auto user = inbound_.user_names.index_of(fact.client.user);
    inbound_.smtp_user_messages_total(user).inc();
    inbound_.smtp_user_recipients_total(user).inc(static_cast<double>(fact.recipients));
    inbound_.smtp_listener_messages_total(inbound_.listener_names.index_of(fact.client.listener))
        .inc();
    if (fact.long_lines) inbound_.messages_long_lines_total.inc();
    if (!fact.unknown_priority.empty()) inbound_.messages_unknown_priority_total.inc();
}

void metrics_observer::on_repeated(const repeated&) {
    inbound_.messages_repeated_total.inc();
}

void metrics_observer::on_refused(const refused& fact) {
    inbound_.smtp_rejects_total(fact.stage, fact.reason).inc();
    inbound_.smtp_listener_rejects_total(inbound_.listener_names.index_of(fact.client.listener))
        .inc();
    if (fact.reason == metrics::reject_reason::relay_denied && fact.of_neighbour) {
        inbound_.smtp_neighbours_denied_total.inc();
    }
}

void metrics_observer::on_client_told(const client_told& fact) {
    inbound_.smtp_clients_told_total(fact.source).inc();
}

void metrics_observer::on_proxy_failed(const proxy_failed& fact) {
    inbound_.smtp_proxy_failures_total(fact.reason).inc();
}

void metrics_observer::on_tls_agreed(const tls_agreed& fact) {
    inbound_.smtp_tls_handshakes_total(fact.version, fact.name).inc();
    if (fact.resumed) inbound_.smtp_tls_resumed_total.inc();
}

void metrics_observer::on_certificate_shown(const certificate_shown& fact) {
    inbound_.smtp_client_certificates_total(fact.result).inc();
}

void metrics_observer::on_tls_failed(const tls_failed& fact) {
    inbound_.smtp_tls_failures_total(fact.reason).inc();
}

void metrics_observer::on_login_ended(const login_ended& fact) {
    inbound_.smtp_logins_total(fact.mechanism, fact.outcome).inc();
    inbound_.smtp_user_logins_total(inbound_.user_names.index_of(fact.name), fact.outcome).inc();
}

void metrics_observer::on_session_ended(const session_ended& fact) {
    inbound_.smtp_session_duration_seconds.observe(fact.lasted.count());
    inbound_.smtp_sessions_closed_total(fact.reason).inc();
}

void metrics_observer::on_attempted(const attempted& fact) {
    outbound_.delivery_attempt_duration_seconds.observe(fact.lasted.count());
}

void metrics_observer::count(const recipient_result& result, metrics::delivery_result outcome) {
    outbound_.delivery_attempts_total(outcome, result.cause).inc();
    const auto route = result.attempt.route.empty() ? default_route : result.attempt.route;
    outbound_.route_attempts_total(outbound_.route_names.index_of(route), outcome).inc();
    outbound_.top_destination_attempts_total.count(result.attempt.delivery.domain, outcome);
    if (result.ambiguous) outbound_.delivery_ambiguous_total.inc();
    if (outcome != metrics::delivery_result::delivered) {
        const auto code = metrics::enhanced_code_of(result.status.klass, result.status.subject);
        outbound_.delivery_failures_total(result.stage, code).inc();
    }
}

void metrics_observer::finish(const recipient_result& result, metrics::finish_outcome outcome) {
    outbound_.delivery_attempts_per_recipient.observe(result.attempts);
    queue_.queue_finished_total(outcome).inc();
}

void metrics_observer::fail(const failure& failure, metrics::finish_outcome outcome) {
    count(failure, metrics::delivery_result::failed);
    finish(failure, outcome);
    outbound_.bounces_total(failure.reason).inc();
}

void metrics_observer::on_delivered(const delivered& fact) {
    count(fact, metrics::delivery_result::delivered);
    finish(fact, metrics::finish_outcome::delivered);
    outbound_.delivery_latency_seconds.observe(fact.age.count());
}

void metrics_observer::on_discarded(const discarded& fact) {
    finish(fact, metrics::finish_outcome::discarded);
}

void metrics_observer::on_deferred(const deferred& fact) {
    count(fact, metrics::delivery_result::deferred);
}

void metrics_observer::on_bounced(const bounced& fact) {
    using metrics::finish_outcome;
    fail(fact, fact.expired ? finish_outcome::expired : finish_outcome::bounced);
}

void metrics_observer::on_undeliverable(const undeliverable& fact) {
    fail(fact, metrics::finish_outcome::discarded);
}

// It also counts as received.
void metrics_observer::on_dsn_queued(const dsn_queued& fact) {
    constexpr auto source = metrics::message_source::dsn;
    const auto priority = metrics::same_named<metrics::priority>(fact.priority);
    const auto recipients = static_cast<double>(fact.dsn.recipients.size());
    outbound_.dsn_generated_total(metrics::dsn_type::failure).inc();
    inbound_.messages_received_total(source, priority).inc();
    inbound_.recipients_received_total(source).inc(recipients);
    inbound_.received_bytes_total(source).inc(static_cast<double>(fact.dsn.size));
}

void metrics_observer::on_dsn_undeliverable(const dsn_undeliverable&) {
    outbound_.dsn_undeliverable_total.inc();
}

void metrics_observer::on_claim_lost(const claim_lost&) {
    queue_.queue_claims_lost_total.inc();
}

}  // namespace kurir::facts
