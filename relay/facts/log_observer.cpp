#include "relay/facts/log_observer.hpp"

#include "queue/priority.hpp"
#include "relay/log/log.hpp"

namespace kurir::facts {

void log_observer::on_received(const received& fact) {
    log::event line(log::level::info, "received");
    line.with("queue_id", fact.id)
        .with("from", fact.from)
        .with("to", fact.to)
        .with("recipients", fact.recipients)
        .with("size", fact.size)
        .with("client_ip", fact.client.address)
        .with("helo", fact.client.helo)
        .with("session_id", fact.client.session)
        .with("message_id", fact.message_id)
        .with("priority", queue::text_of(fact.priority));
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
    if (fact.from) line.with("from", *fact.from);
    if (fact.to) line.with("to", *fact.to);
    if (!fact.admit_by.empty()) line.with("admit_by", fact.admit_by);
}

void log_observer::on_session_ended(const session_ended& fact) {
    if (fact.summed) return;
    log::event(log::level::info, "session")
        .with("client_ip", fact.client.address)
        .with("helo", fact.client.helo)
        .with("session_id", fact.client.session)
        .with("commands", fact.commands)
        .with("messages", fact.messages)
        .with("reason", metrics::text(fact.reason))
        .with("duration_s", fact.lasted.count());
}

}  // namespace kurir::facts
