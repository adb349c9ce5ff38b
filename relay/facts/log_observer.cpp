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

// How the client came, if there is something to say about it.
void describe_way(log::event& line, const submitter& client) {
    if (!client.proxy.empty()) line.with("proxy_ip", client.proxy);
    if (!client.listener.empty()) line.with("listener", client.listener);
}

void describe(log::event& line, const submitter& client) {
    if (!client.user.empty()) line.with("user", client.user);
    describe_way(line, client);
}

void describe(log::event& line, const rewriting& changed) {
    const auto tell = [&](std::string_view key, const std::string& text) {
        if (!text.empty()) line.with(key, text);
    };
    tell("original_from", changed.reverse_path);
    tell("original_to", changed.recipients);
    tell("copies_to", changed.copies);
    tell("author", changed.new_authors);
    tell("original_author", changed.authors);
    tell("not_rewritten", changed.unreadable);
}

// What to do about it; empty: nothing can be said.
std::string_view advice_on(metrics::proxy_failure reason) {
    switch (reason) {
        case metrics::proxy_failure::timeout:
        case metrics::proxy_failure::missing:
            return "KURIR_LISTEN expects a PROXY header from this address: let the proxy send one "
                   "(send-proxy), or take the address out of proxy=";
        case metrics::proxy_failure::too_long:
            return "let the proxy add less to the header";
        default:
            return "";
    }
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
        case metrics::tls_failure::closed:
            return fact.implicit ? "this port speaks TLS from the first byte: a client that waited "
                                   "for a greeting must be set to TLS/SSL, not to STARTTLS or none"
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
    describe(line, fact.client);
    describe(line, fact.tls);
    describe(line, fact.changed);
    if (!fact.unknown_priority.empty()) line.with("unknown_priority", fact.unknown_priority);
    if (!fact.idempotency_key.empty()) line.with("idempotency_key", fact.idempotency_key);
    if (fact.recipients_before > 0) line.with("recipients_before", fact.recipients_before);
}

void log_observer::on_repeated(const repeated& fact) {
    log::event line(log::level::info, "repeated");
    line.with("queue_id", fact.id)
        .with("from", fact.reverse_path)
        .with("recipients", fact.recipients)
        .with("idempotency_key", fact.key)
        .with("client_ip", fact.client.address)
        .with("helo", fact.client.helo)
        .with("session_id", fact.client.session);
    describe(line, fact.client);
}

void log_observer::on_refused(const refused& fact) {
    if (fact.summed || fact.of_login) return;
    log::event line(log::level::notice, "rejected");
    line.with("stage", metrics::text(fact.stage));
    if (!fact.command.empty()) line.with("command", fact.command);
    line.with("code", fact.code)
        .with("enhanced", fact.status.text())
        .with("reason", fact.exact_reason)
        .with("client_ip", fact.client.address)
        .with("helo", fact.client.helo)
        .with("session_id", fact.client.session);
    describe(line, fact.client);
    if (fact.reverse_path) line.with("from", *fact.reverse_path);
    if (fact.recipient) line.with("to", *fact.recipient);
    if (!fact.admit_by.empty()) line.with("admit_by", fact.admit_by);
}

void log_observer::on_client_told(const client_told& fact) {
    log::event line(log::level::info, "client_told");
    line.with("by", metrics::text(fact.source))
        .with("client_ip", fact.client.address)
        .with("session_id", fact.client.session);
    describe(line, fact.client);
    if (fact.unknown) line.with("unknown", true);
    if (!fact.name.empty()) line.with("client_name", fact.name);
    if (fact.port != 0) line.with("client_port", fact.port);
    if (!fact.client.helo.empty()) line.with("helo", fact.client.helo);
    if (!fact.server.empty()) line.with("server_ip", fact.server);
    if (fact.server_port != 0) line.with("server_port", fact.server_port);
}

void log_observer::on_proxy_failed(const proxy_failed& fact) {
    if (fact.summed) return;
    // A health check of TCP connects and closes, and nothing is wrong with it.
    const bool wrong = fact.reason != metrics::proxy_failure::closed &&
                       fact.reason != metrics::proxy_failure::shutdown;
    log::event line(wrong ? log::level::notice : log::level::info, "proxy_failed");
    line.with("proxy_ip", fact.client.address)
        .with("session_id", fact.client.session)
        .with("reason", metrics::text(fact.reason));
    if (!fact.client.listener.empty()) line.with("listener", fact.client.listener);
    if (const auto advice = advice_on(fact.reason); !advice.empty()) line.with("advice", advice);
}

void log_observer::on_certificate_shown(const certificate_shown& fact) {
    const bool valid = fact.result == metrics::client_certificate::valid;
    log::event line(valid ? log::level::info : log::level::notice, "client_certificate");
    line.with("client_ip", fact.client.address)
        .with("session_id", fact.client.session)
        .with("name", fact.name)
        .with("result", metrics::text(fact.result));
    if (!fact.error.empty()) line.with("error", fact.error);
    if (!valid) line.with("advice", "the session goes on without this credential");
}

void log_observer::on_tls_failed(const tls_failed& fact) {
    if (fact.summed) return;
    log::event line(log::level::notice, "tls_failed");
    line.with("client_ip", fact.client.address)
        .with("helo", fact.client.helo)
        .with("session_id", fact.client.session)
        .with("reason", metrics::text(fact.reason))
        .with("error", fact.error);
    describe(line, fact.client);
    if (const auto advice = advice_on(fact); !advice.empty()) line.with("advice", advice);
}

// The address and the reason come before what the client has said: the filter of fail2ban
// (deploy/fail2ban) reads the line from its begin.
void log_observer::on_login_ended(const login_ended& fact) {
    const bool good = fact.outcome == metrics::login_outcome::succeeded;
    log::event line(good ? log::level::info : log::level::notice, good ? "login" : "login_failed");
    line.with("client_ip", fact.client.address)
        .with("reason", metrics::text(fact.outcome))
        .with("mechanism", metrics::text(fact.mechanism));
    if (!fact.token_fault.empty()) line.with("token", fact.token_fault);
    line.with("user", fact.name)
        .with("helo", fact.client.helo)
        .with("session_id", fact.client.session);
    describe_way(line, fact.client);
}

void log_observer::on_session_ended(const session_ended& fact) {
    if (fact.summed) return;
    log::event line(log::level::info, "session");
    line.with("client_ip", fact.client.address)
        .with("helo", fact.client.helo)
        .with("session_id", fact.client.session)
        .with("commands", fact.commands)
        .with("messages", fact.messages)
        .with("last_command", fact.last_command)
        .with("reason", metrics::text(fact.reason))
        .with("duration_s", fact.lasted.count());
    describe(line, fact.client);
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
        .with("attempt_s", result.lasted.count())
        .with("size", attempt.message.size);
    if (expired) line.with("expired", true);
    if (result.ambiguous) line.with("ambiguous", true);
}

}  // namespace

namespace {

void describe(log::event& line, const remote_protection* protection) {
    if (protection == nullptr) return;
    if (protection->version.empty()) {
        line.with("tls", "none").with("in_clear", metrics::text(protection->in_clear));
        return;
    }
    line.with("tls", protection->version)
        .with("cipher", protection->cipher)
        .with("certificate", metrics::text(protection->certificate));
    if (protection->resumed) line.with("resumed", true);
}

}  // namespace

void log_observer::on_attempted(const attempted& fact) {
    log::event line(log::level::info, "attempt");
    line.with("queue_id", fact.attempt.message.id.text())
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
    if (fact.attempt.converted) line.with("converted", true);
    describe(line, fact.attempt.protection);
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
    log::event line(fact.copy ? log::level::warning : log::level::notice, "undeliverable");
    describe(line, fact, fact.expired);
    if (fact.copy) line.with("copy", true);
}

void log_observer::on_dsn_queued(const dsn_queued& fact) {
    log::event(log::level::info, "dsn_queued")
        .with("queue_id", fact.dsn.id.text())
        .with("from", fact.dsn.reverse_path)
        .with("to", fact.dsn.recipients.front().address)
        .with("recipients", fact.dsn.recipients.size())
        .with("size", fact.dsn.size)
        .with("priority", queue::text_of(fact.priority));
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
