// What a session tells logs and metrics: the other half of session.cpp.
#include <chrono>

#include "queue/priority.hpp"
#include "relay/inbound/advice.hpp"
#include "relay/inbound/neighbours.hpp"
#include "relay/inbound/observations.hpp"
#include "relay/inbound/receipt.hpp"
#include "relay/inbound/session.hpp"
#include "relay/log/log.hpp"

namespace kurir::inbound {

void session::on_committed(const receipt& receipt) {
    ++messages_;
    last_stored_ = net::clock::now();
    auto& metrics = around_.metrics;
    constexpr auto source = metrics::message_source::smtp;
    const std::chrono::duration<double> took = net::clock::now() - receipt.ended;
    const auto priority = metrics::same_named<metrics::priority>(receipt.priority);
    metrics.messages_received_total(source, priority).inc();
    metrics.recipients_received_total(source).inc(static_cast<double>(receipt.recipients));
    metrics.received_bytes_total(source).inc(static_cast<double>(receipt.size));
    metrics.message_size_bytes.observe(static_cast<double>(receipt.size));
    metrics.message_recipients.observe(static_cast<double>(receipt.recipients));
    metrics.smtp_accept_duration_seconds.observe(took.count());
    if (receipt.long_lines) metrics.messages_long_lines_total.inc();
    if (!receipt.unknown_priority.empty()) metrics.messages_unknown_priority_total.inc();

    log::event line(log::level::info, "received");
    line.with("queue_id", receipt.id)
        .with("from", receipt.from)
        .with("to", receipt.to)
        .with("recipients", receipt.recipients)
        .with("size", receipt.size)
        .with("client_ip", client_.address_text)
        .with("helo", dialogue_.helo())
        .with("session_id", id_)
        .with("message_id", receipt.message_id)
        .with("priority", queue::text_of(receipt.priority));
    if (!receipt.unknown_priority.empty()) line.with("unknown_priority", receipt.unknown_priority);
}

// Of every reply: counts it, and logs it if it refuses something.
void session::replied(const smtp::exchange& exchange) {
    ++commands_;
    auto& metrics = around_.metrics;
    metrics
        .smtp_commands_total(
            command_label(exchange.command), metrics::reply_class_of(exchange.code)
        )
        .inc();
    if (exchange.command == smtp::verb::quit && exchange.code == 221)
        ended_ = metrics::session_end::quit;
    if (exchange.reason == smtp::reject_reason::none) return;

    if (exchange.code == 421) ended_ = session_end_of(exchange.reason);
    if (exchange.reason == smtp::reject_reason::timeout) return;  // refuses nothing: see `session`
    metrics.smtp_rejects_total(stage_label(exchange.at), reason_label(exchange.reason)).inc();
    if (exchange.reason == smtp::reject_reason::relay_denied &&
        is_neighbour(client_.judged_address())) {
        metrics.smtp_neighbours_denied_total.inc();
    }
    if (is_told()) log_rejection(exchange);
}

// Whether the log has lines of this session: not of each in which nothing was said.
bool session::is_told() {
    if (heard_) return true;
    if (!told_) told_ = around_.quiet.tells(client_.network, net::clock::now());
    return *told_;
}

std::optional<smtp::postponement> session::postpones(const smtp::path& reverse_path) {
    const auto most = settings_->config->session_messages;
    if (most != 0 && messages_ >= most) {
        return smtp::postponement{.limited = "this session", .until_next_session = true};
    }
    const auto over = around_.limits.admit(client_.network, reverse_path.text(), net::clock::now());
    if (!over) return std::nullopt;
    const bool of_sender = over->of == submission_limits::scope::sender;
    around_.metrics
        .rate_limited_total(of_sender ? metrics::rate_scope::sender : metrics::rate_scope::client)
        .inc();
    return smtp::postponement{of_sender ? "this sender" : "your network", over->wait};
}

void session::log_rejection(const smtp::exchange& exchange) const {
    const bool hello = exchange.command == smtp::verb::helo || exchange.command == smtp::verb::ehlo;
    log::event line(log::level::notice, "rejected");
    line.with("stage", metrics::text(stage_label(exchange.at)));
    if (!exchange.word.empty()) line.with("command", shown_verb(exchange.word));
    line.with("code", exchange.code)
        .with("enhanced", exchange.status.text())
        .with("reason", text_of(exchange.reason))
        .with("client_ip", client_.address_text)
        .with("helo", hello ? exchange.argument : std::string_view(dialogue_.helo()))
        .with("session_id", id_);
    if (exchange.command == smtp::verb::mail) {
        line.with("from", address_in(exchange.argument));
    } else if (dialogue_.in_transaction()) {
        line.with("from", dialogue_.current().reverse_path.text());
    }
    if (exchange.command == smtp::verb::rcpt) line.with("to", address_in(exchange.argument));
    const auto advice = admitting_advice(exchange, dialogue_.trusted(), client_.judged_address());
    if (!advice.empty()) line.with("admit_by", advice);
}

void session::log_end() {
    quiet_log::write(around_.quiet.due(net::clock::now()));
    if (!is_told()) return;
    const std::chrono::duration<double> lasted = net::clock::now() - begun_;
    log::event(log::level::info, "session")
        .with("client_ip", client_.address_text)
        .with("helo", dialogue_.helo())
        .with("session_id", id_)
        .with("commands", commands_)
        .with("messages", messages_)
        .with("reason", metrics::text(ended_))
        .with("duration_s", lasted.count());
}

}  // namespace kurir::inbound
