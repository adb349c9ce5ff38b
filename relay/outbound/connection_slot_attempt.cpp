// The part of a connection slot that makes one attempt: goes from host to host, transaction after
// transaction, until everybody has a verdict.
#include <algorithm>
#include <chrono>
#include <utility>

#include "queue/failpoint.hpp"
#include "relay/net/connect.hpp"
#include "relay/outbound/body_reader.hpp"
#include "relay/outbound/connection_slot.hpp"
#include "relay/outbound/labels.hpp"
#include "relay/outbound/reach.hpp"
#include "relay/smtp/text.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

bool names_utf8(const smtp::mail_request& request) {
    return smtp::has_high(request.reverse_path) ||
           std::ranges::any_of(request.recipients, [](const auto& each) {
               return smtp::has_high(each);
           });
}

smtp::mail_request request_for(
    const queue::envelope& mail, const std::vector<std::uint32_t>& recipients
) {
    smtp::mail_request request{
        .reverse_path = mail.reverse_path,
        .recipients = {},
        .size = mail.size,
        .eight_bit = mail.needs.eight_bit,
    };
    for (const auto each : recipients)
        request.recipients.push_back(mail.recipients.at(each).address);
    // Only what this transaction names needs it: another recipient's address may be the UTF-8 one.
    request.smtputf8 = mail.needs.smtputf8 && names_utf8(request);
    return request;
}

// Errors of our own network, which cost no time: they don't count as a host that was tried.
bool is_of_our_network(const boost::system::error_code& error) {
    namespace errors = asio::error;
    return error == errors::network_unreachable || error == errors::address_family_not_supported;
}

// A limit beside others: 0 means none.
std::size_t least(std::size_t limit, std::size_t other) {
    return other == 0 ? limit : std::min(limit, other);
}

}  // namespace

// Goes from host to host until everybody has a verdict.
asio::awaitable<void> connection_slot::deliver(attempt& attempt) {
    if (attempt.begins_elsewhere) co_await drop_connection();
    while (!attempt.plan.over()) {
        if (!client_) {
            const bool connected = co_await connect(attempt);
            if (!connected) break;
        } else if (attempt.record.reused) {
            setup_.books.metrics.outbound_connection_reuses_total.inc();
        }
        const bool go_on = co_await transact(attempt);
        if (!go_on) break;
    }
}

// One transaction over the connection that is open. False: the attempt is over.
asio::awaitable<bool> connection_slot::transact(attempt& attempt) {
    const auto terms = terms_for(attempt);
    const auto group = attempt.plan.group(terms.recipients_max);
    auto request = request_for(attempt.message->mail, group);
    if (auto no = client_->refusal(request)) co_return co_await refuse(attempt, std::move(*no));

    queue::failpoint("transaction_begins");
    body_reader body(setup_.books.store, home_, attempt.message);
    const bool reused = std::exchange(attempt.record.reused, false);
    attempt.stake = stake_;
    const auto end = co_await client_->send(std::move(request), body, terms.manner);
    const auto step = attempt.plan.after(end, group, client_->usable(), net::clock::now());
    if (const auto& learnt = attempt.plan.learnt(); !learnt.empty()) {
        setup_.servers.learn([&](habits& known, net::clock::time_point at) {
            learnt.teach(known, server_of(connected_to_), at);
        });
    }
    if (end.stale) {
        if (!attempt.plan.reached()) attempt.stake.reset();
    } else {
        attempt.record.reused = reused;
        record_host(attempt, connected_to_);
    }
    co_return co_await follow(attempt, step);
}

// The host can't take the message.
asio::awaitable<bool> connection_slot::refuse(attempt& attempt, verdict trouble) {
    trouble.remote = connected_to_.name;
    const bool go_on = attempt.plan.host_is_unfit(std::move(trouble), net::clock::now());
    if (go_on) co_await drop_connection();
    co_return go_on;
}

asio::awaitable<bool> connection_slot::follow(attempt& attempt, attempt_plan::next step) {
    using next = attempt_plan::next;
    if (step == next::over || step == next::same_connection) co_return step != next::over;
    attempt.record.reused = false;
    if (step == next::fresh_connection) attempt.same_host = connected_to_;
    co_await drop_connection();
    co_return true;
}

connection_slot::terms connection_slot::terms_for(attempt& attempt) {
    const auto& config = *attempt.config;
    const auto known = setup_.servers.of(server_of(connected_to_));
    if (!known.fresh_helps) attempt.plan.expect_no_help();
    terms all{
        .messages_max = least(config.connection_messages, known.messages),
        .recipients_max = least(config.transaction_recipients, known.recipients),
        .manner = {},
    };
    all.messages_max = least(all.messages_max, client_->offers().mail_max);
    all.recipients_max = least(all.recipients_max, client_->offers().rcpt_max);
    all.manner.without = attempt.plan.without();
    all.manner.without |= known.without;
    if (!config.remote_ignore.empty()) {
        all.manner.without |= ignored_with(config.remote_ignore, connected_to_.name);
        for (const auto& each : attempt.deliveries)
            all.manner.without |= ignored_with(config.remote_ignore, each.domain);
    }
    if (config.mailbox_full == config::full_mailbox_policy::retry)
        all.manner.when_full = full_mailbox::waits;
    return all;
}

// Whether the connection is closed after this attempt.
bool connection_slot::has_had_enough(attempt& attempt) {
    if (!client_->usable() || attempt.plan.gave_up()) return true;
    return client_->transactions() >= terms_for(attempt).messages_max;
}

// Opens a connection to the next host that takes one. False when none is left.
asio::awaitable<bool> connection_slot::connect(attempt& attempt) {
    auto& connecting =
        setup_.books.metrics.outbound_connections(metrics::connection_state::connecting);
    while (attempt.plan.may_connect(net::clock::now())) {
        auto host = std::exchange(attempt.same_host, std::nullopt);
        if (!host) host = attempt.hosts.next();
        if (!host) co_return false;
        connecting.inc();
        auto trouble = co_await open(attempt, *host);
        connecting.dec();
        const auto result = trouble ? metrics::open_result::error : metrics::open_result::ok;
        setup_.books.metrics.outbound_connections_opened_total(result).inc();
        if (!trouble) {
            setup_.standing.answered(*route_, *host);
            co_return true;
        }
        record_host(attempt, *host);
        const bool is_ours = trouble->shortage.has_value();
        const bool go_on = attempt.plan.host_failed(std::move(*trouble), net::clock::now());
        if (!is_ours) setup_.standing.failed(*route_, *host, !go_on);
        if (!go_on) co_return false;
    }
    co_return false;
}

void connection_slot::record_host(attempt& attempt, const host_address& host) {
    attempt.record.host = host.name;
    attempt.record.address = host.endpoint.address().to_string();
    attempt.record.port = host.endpoint.port();
}

asio::awaitable<std::optional<verdict>> connection_slot::open(
    attempt& attempt, const host_address& host
) {
    using std::chrono::duration;
    if (auto no = unreachable_by_rule(*attempt.config, *route_, host)) {
        attempt.plan.next_host_is_free();
        co_return no;
    }
    const auto started = net::clock::now();
    auto& durations = setup_.books.metrics.delivery_stage_duration_seconds;
    auto socket =
        co_await net::connect(host.endpoint, started + attempt.config->remote_connect_timeout);
    durations(label_of(stage::connect))
        .observe(duration<double>(net::clock::now() - started).count());
    if (!socket) {
        const auto trouble = connect_error(socket.error(), host.endpoint);
        if (is_of_our_network(trouble)) attempt.plan.next_host_is_free();
        auto no = judge(stage::connect, trouble);
        no.remote = host.name;
        co_return no;
    }
    client_ = std::make_unique<smtp_client>(
        std::move(*socket), host.name, timeouts_of(*attempt.config), setup_.books.metrics
    );
    connected_to_ = host;
    auto no = ourselves_at(setup_.own_listeners, *route_, *client_);
    if (!no) {
        auto name = hello_name(*attempt.config, client_->local().address());
        no = co_await client_->open({.name = std::move(name)});
    }
    if (!no) no = greeted_by_ourselves(*attempt.config, *route_, *client_);
    if (no) co_await drop_connection();
    co_return no;
}

asio::awaitable<void> connection_slot::drop_connection() {
    if (!client_) co_return;
    const auto going = std::move(client_);
    co_await going->quit();
}

}  // namespace kurir::outbound
