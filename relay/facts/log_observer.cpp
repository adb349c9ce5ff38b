#include "relay/facts/log_observer.hpp"

#include "queue/priority.hpp"
#include "relay/log/log.hpp"

namespace kurir::facts {

namespace {

void describe(log::event& line, const protection& tls) {
    if (tls.version.empty()) return;
    line.with("tls", tls.version).with("cipher", tls.cipher);
    if (!tls.server_name.empty()) line.with("server_name", tls.server_name);
    if (tls.resumed) line.with("resumed", true);
}

// What to do about it; empty: nothing can be said.
std::string_view advice_on(const tls_failed& fact) {
    switch (fact.reason) {
        case metrics::tls_failure::clear_text:
            return fact.implicit
                       ? "this port speaks TLS from the first byte: the client must be set to "
                         "TLS/SSL, not to STARTTLS or none"
                       : "after STARTTLS the client went on in clear, or something between "
                         "changes what it sends";
        case metrics::tls_failure::timeout:
            return fact.implicit ? "this port speaks TLS from the first byte: a client that waits "
                                   "for a greeting must be set to TLS/SSL"
                                 : "";
        case metrics::tls_failure::version:
            return "the client speaks only versions that KURIR_TLS_MIN excludes";
        case metrics::tls_failure::rejected:
            return "the client does not trust our certificate, or expects another name in it";
        default:
            return "";
    }
}

}  // namespace

void log_observer::on_received(const received& fact) {
    log::event line(log::level::info, "received");
    line.with("queue_id", fact.id)
        .with("from", fact.reverse_path)
        .with("to", fact.first_recipients)
        .with("recipients", fact.recipients)
        .with("size", fact.size)
        .with("client_ip", fact.client.address)
        .with("helo", fact.client.helo)
        .with("session_id", fact.client.session)
        .with("message_id", fact.message_id)
        .with("priority", queue::text_of(fact.priority));
    describe(line, fact.tls);
    if (!fact.unknown_priority.empty()) line.with("unknown_priority", fact.unknown_priority);
}

void log_observer::on_refused(const refused& fact) {
    if (fact.summed) return;
    log::event line(log::level::notice, "rejected");
    line.with("stage", metrics::text(fact.stage));
    if (!fact.command.empty()) line.with("command", fact.command);
    line.with("code", fact.code)
        .with("enhanced", fact.status.text())
        .with("reason", fact.exact_reason)
        .with("client_ip", fact.client.address)
        .with("helo", fact.client.helo)
        .with("session_id", fact.client.session);
    if (fact.reverse_path) line.with("from", *fact.reverse_path);
    if (fact.recipient) line.with("to", *fact.recipient);
    if (!fact.admit_by.empty()) line.with("admit_by", fact.admit_by);
}

void log_observer::on_tls_failed(const tls_failed& fact) {
    if (fact.summed) return;
    log::event line(log::level::notice, "tls_failed");
    line.with("client_ip", fact.client.address)
        .with("helo", fact.client.helo)
        .with("session_id", fact.client.session)
        .with("reason", metrics::text(fact.reason))
        .with("error", fact.error);
    if (const auto advice = advice_on(fact); !advice.empty()) line.with("advice", advice);
}

void log_observer::on_session_ended(const session_ended& fact) {
    if (fact.summed) return;
    log::event line(log::level::info, "session");
    line.with("client_ip", fact.client.address)
        .with("helo", fact.client.helo)
        .with("session_id", fact.client.session)
        .with("commands", fact.commands)
        .with("messages", fact.messages)
        .with("reason", metrics::text(fact.reason))
        .with("duration_s", fact.lasted.count());
    describe(line, fact.tls);
}

namespace {

// Writes the fields that all results of recipients have; `expired` comes in the middle.
void describe(log::event& line, const recipient_result& result, bool expired = false) {
    const auto& attempt = result.attempt;
    line.with("queue_id", attempt.message.id.text())
        .with("from", attempt.message.reverse_path)
        .with("to", result.recipient)
        .with("domain", attempt.delivery.domain)
        .with("attempt", result.attempts)
        .with("mx_host", attempt.host)
        .with("mx_ip", attempt.address)
        .with("port", attempt.port)
        .with("stage", metrics::text(result.stage))
        .with("cause", metrics::text(result.cause))
        .with("enhanced", result.status.text())
        .with("response", result.response)
        .with("delay_s", result.age.count())
        .with("size", attempt.message.size);
    if (expired) line.with("expired", true);
    if (result.ambiguous) line.with("ambiguous", true);
}

}  // namespace

void log_observer::on_attempted(const attempted& fact) {
    log::event(log::level::info, "attempt")
        .with("queue_id", fact.attempt.message.id.text())
        .with("domain", fact.attempt.delivery.domain)
        .with("attempt", fact.attempt.delivery.attempts + 1)
        .with("mx_host", fact.attempt.host)
        .with("mx_ip", fact.attempt.address)
        .with("reused", fact.attempt.reused)
        .with("recipients", fact.recipients)
        .with("delivered", fact.delivered)
        .with("deferred", fact.deferred)
        .with("failed", fact.failed)
        .with("duration_s", fact.lasted.count());
}

void log_observer::on_delivered(const delivered& fact) {
    log::event line(log::level::notice, "delivered");
    describe(line, fact);
}

void log_observer::on_discarded(const discarded& fact) {
    log::event line(log::level::notice, "discarded");
    describe(line, fact);
}

void log_observer::on_deferred(const deferred& fact) {
    log::event line(log::level::notice, "deferred");
    describe(line, fact);
    line.with("retry_in_s", fact.pause.count());
}

void log_observer::on_bounced(const bounced& fact) {
    log::event line(log::level::notice, "bounced");
    describe(line, fact, fact.expired);
    line.with("bounce_id", fact.dsn.id.text());
    if (!fact.shortened.empty()) line.with("shortened", fact.shortened);
}

void log_observer::on_undeliverable(const undeliverable& fact) {
    log::event line(log::level::notice, "undeliverable");
    describe(line, fact, fact.expired);
}

void log_observer::on_dsn_undeliverable(const dsn_undeliverable& fact) {
    log::event(log::level::warning, "dsn_undeliverable")
        .with("queue_id", fact.message.id.text())
        .with("detail", fact.detail);
}

void log_observer::on_claim_lost(const claim_lost& fact) {
    log::event(log::level::warning, "claim_lost")
        .with("queue_id", fact.attempt.message.id.text())
        .with("domain", fact.attempt.delivery.domain)
        .with("attempt", fact.attempt.delivery.attempts + 1)
        .with("mx_host", fact.attempt.host)
        .with("mx_ip", fact.attempt.address)
        .with("recipients", fact.recipients)
        .with("delivered", fact.delivered)
        .with(
            "advice", "another process has the delivery; what was delivered here may arrive twice"
        );
}

}  // namespace kurir::facts
