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

void session::on_committed(const receipt& of) {
    ++messages_;
    last_stored_ = net::clock::now();
    auto& metrics = around_.metrics;
    constexpr auto source = metrics::message_source::smtp;
    const std::chrono::duration<double> took = net::clock::now() - of.ended;
    const auto priority = metrics::same_named<metrics::priority>(of.priority);
    metrics.messages_received_total(source, priority).inc();
    metrics.recipients_received_total(source).inc(static_cast<double>(of.recipients));
    metrics.received_bytes_total(source).inc(static_cast<double>(of.size));
    metrics.message_size_bytes.observe(static_cast<double>(of.size));
    metrics.message_recipients.observe(static_cast<double>(of.recipients));
    metrics.smtp_accept_duration_seconds.observe(took.count());
    if (of.long_lines) metrics.messages_long_lines_total.inc();
    if (!of.unknown_priority.empty()) metrics.messages_unknown_priority_total.inc();

    log::event line(log::level::info, "received");
    line.with("queue_id", of.id)
        .with("from", of.from)
        .with("to", of.to)
        .with("recipients", of.recipients)
        .with("size", of.size)
        .with("client_ip", client_.address_text)
        .with("helo", dialogue_.helo())
        .with("session_id", id_)
        .with("message_id", of.message_id)
        .with("priority", queue::text_of(of.priority));
    if (!of.unknown_priority.empty()) line.with("unknown_priority", of.unknown_priority);
}

// Of every reply: counts it, and logs it if it refuses something.
void session::replied(const smtp::exchange& said) {
    ++commands_;
    auto& metrics = around_.metrics;
    metrics.smtp_commands_total(command_label(said.command), metrics::reply_class_of(said.code))
        .inc();
    if (said.command == smtp::verb::quit && said.code == 221) ended_ = metrics::session_end::quit;
    if (said.reason == smtp::reject_reason::none) return;

    if (said.code == 421) ended_ = session_end_of(said.reason);
    if (said.reason == smtp::reject_reason::timeout) return;  // refuses nothing: see `session`
    metrics.smtp_rejects_total(stage_label(said.at), reason_label(said.reason)).inc();
    if (said.reason == smtp::reject_reason::relay_denied &&
        is_neighbour(client_.judged_address())) {
        metrics.smtp_neighbours_denied_total.inc();
    }
    if (is_told()) log_rejection(said);
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
        return smtp::postponement{.whose = "this session", .until_next_session = true};
    }
    const auto over = around_.limits.admit(client_.network, reverse_path.text(), net::clock::now());
    if (!over) return std::nullopt;
    const bool of_sender = over->of == submission_limits::scope::sender;
    around_.metrics
        .rate_limited_total(of_sender ? metrics::rate_scope::sender : metrics::rate_scope::client)
        .inc();
    return smtp::postponement{of_sender ? "this sender" : "your network", over->wait};
}

void session::log_rejection(const smtp::exchange& said) const {
    const bool hello = said.command == smtp::verb::helo || said.command == smtp::verb::ehlo;
    log::event line(log::level::notice, "rejected");
    line.with("stage", metrics::text(stage_label(said.at)));
    if (!said.word.empty()) line.with("command", shown_verb(said.word));
    line.with("code", said.code)
        .with("enhanced", said.status.text())
        .with("reason", text_of(said.reason))
        .with("client_ip", client_.address_text)
        .with("helo", hello ? said.argument : std::string_view(dialogue_.helo()))
        .with("session_id", id_);
    if (said.command == smtp::verb::mail) {
        line.with("from", address_in(said.argument));
    } else if (dialogue_.in_transaction()) {
        line.with("from", dialogue_.current().reverse_path.text());
    }
    if (said.command == smtp::verb::rcpt) line.with("to", address_in(said.argument));
    const auto advice = admitting_advice(said, dialogue_.trusted(), client_.judged_address());
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
