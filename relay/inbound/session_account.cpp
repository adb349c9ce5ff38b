// The facts and counters of a session: the other half of session.cpp.
#include <chrono>

#include "relay/inbound/advice.hpp"
#include "relay/inbound/neighbours.hpp"
#include "relay/inbound/observations.hpp"
#include "relay/inbound/route_decision.hpp"
#include "relay/inbound/session.hpp"
#include "relay/rewrite/envelope.hpp"

namespace kurir::inbound {

facts::submitter session::submitter() const {
    return {
        .address = client_.address_text,
        .helo = dialogue_.helo(),
        .session = id_,
        .user = client_.credential,
        .proxy = client_.proxy_text,
        .listener = profile_.name,
    };
}

void session::on_committed(facts::received fact) {
    if (rewriting_) fact.changed = rewriting_->told();
    ++messages_;
    last_stored_ = net::clock::now();
    around_.observers.tell(fact);
}

// Counts every reply, and reports refusals.
void session::replied(const smtp::exchange& exchange) {
    ++commands_;
    auto& metrics = around_.metrics;
    metrics
        .smtp_commands_total(
            command_label(exchange.command), metrics::reply_class_of(exchange.code)
        )
        .inc();
    if (exchange.at == smtp::stage::end_of_data) {
        last_command_ = "END-OF-MESSAGE";
    } else if (!exchange.word.empty()) {
        last_command_ = shown_verb(exchange.word);
    }
    if (exchange.command == smtp::verb::quit && exchange.code == 221)
        ended_ = metrics::session_end::quit;
    if (exchange.reason == smtp::reject_reason::none) return;

    if (exchange.code == 421) ended_ = session_end_of(exchange.reason);
    if (exchange.reason == smtp::reject_reason::timeout) return;  // refuses nothing: see `session`
    tell_refusal(exchange);
}

// Whether the log has only a sum of this session and others: not all in which nothing was said, or
// no TLS agreed on, have lines.
bool session::is_summed() {
    if (messages_ > 0 || (heard_ && !disagreed_)) return false;
    auto& quiet = disagreed_ ? around_.quiet_handshakes : around_.quiet;
    if (!summed_) summed_ = !quiet.tells(client_.network, net::clock::now());
    return *summed_;
}

std::string_view session::limited_client() const {
    return client_.credential.empty() ? "your network" : "this user";
}

std::optional<smtp::postponement> session::postpones(const smtp::path& reverse_path) {
    const auto most = settings_->config->session_messages;
    if (most != 0 && messages_ >= most) {
        return smtp::postponement{
            421,
            {4, 7, 0},
            "Too many messages in one session, closing",
            smtp::reject_reason::too_many_messages
        };
    }
    const auto over =
        around_.limits.admit(counted_as(client_), reverse_path.text(), net::clock::now());
    if (!over) return std::nullopt;
    const bool of_sender = over->limit == submission_limits::scope::sender;
    around_.metrics
        .rate_limited_total(of_sender ? metrics::rate_scope::sender : metrics::rate_scope::client)
        .inc();
    return postponement_of(*over, limited_client());
}

std::optional<smtp::denial> session::denies(const smtp::server_transaction& opened) {
    return permissions_.begin(client_, opened);
}

std::optional<smtp::denial> session::refuses(
    const smtp::path& reverse_path, const smtp::mailbox& recipient
) {
    if (auto denied = permissions_.add(recipient.text())) return denied;
    const auto& config = *settings_->config;
    // The list and the routes are about where mail goes in the end.
    const auto mapped = config.recipient_map.find(recipient);
    const auto& reached = mapped ? mapped->address : recipient;
    if (auto denied = refuses_suppressed(reverse_path, reached)) return denied;
    if (!permissions_.route().empty()) return std::nullopt;  // no rule decides
    if (config.routes.empty()) return std::nullopt;
    const auto sender = reverse_path.text();
    const auto new_sender = rewrite::changed_reverse_path(
        config,
        reverse_path,
        {
            .sender = sender,
            .credential = client_.credential,
            .client = client_.known_address(),
        }
    );
    auto reply =
        refusal_by_route(config.routes, new_sender.text(), reached.domain, client_.credential);
    if (!reply) return std::nullopt;
    return smtp::denial{.answer = std::move(*reply), .reason = smtp::reject_reason::route};
}

std::optional<smtp::moved_recipient> session::moved(const smtp::mailbox& recipient) {
    return moved_by_map(settings_->config->recipient_map, recipient);
}

void session::tell_refusal(const smtp::exchange& exchange) {
    const bool hello = exchange.command == smtp::verb::helo || exchange.command == smtp::verb::ehlo;
    facts::refused fact{
        .client = submitter(),
        .stage = stage_label(exchange.at),
        .reason = reason_label(exchange.reason),
        .exact_reason = text_of(exchange.reason),
        .command = shown_verb(exchange.word),
        .code = exchange.code,
        .status = exchange.status,
        .admit_by = is_by_permission(exchange.reason)                    ? permissions_.advice()
                    : exchange.reason == smtp::reject_reason::suppressed ? suppression_advice_
                    : client_.unknown
                        ? std::string()
                        : admitting_advice(exchange, dialogue_.trusted(), client_.judged_address()),
        .of_neighbour = !client_.unknown && is_neighbour(client_.judged_address()),
        .of_login = is_of_login(exchange.reason),
        .summed = is_summed(),
    };
    if (hello) fact.client.helo = exchange.argument;
    if (exchange.command == smtp::verb::mail) {
        fact.reverse_path = address_in(exchange.argument);
    } else if (dialogue_.in_transaction()) {
        fact.reverse_path = dialogue_.current().reverse_path.text();
    }
    if (exchange.command == smtp::verb::rcpt) fact.recipient = address_in(exchange.argument);
    around_.observers.tell(fact);
}

void session::tell_end() {
    const auto now = net::clock::now();
    quiet_log::write(around_.quiet.due(now));
    quiet_log::write_handshakes(around_.quiet_handshakes.due(now));
    around_.observers.tell(facts::session_ended{
        .client = submitter(),
        .tls = protection(),
        .commands = commands_,
        .messages = messages_,
        .last_command = last_command_,
        .reason = ended_,
        .lasted = now - begun_,
        .summed = is_summed(),
    });
}

}  // namespace kurir::inbound
