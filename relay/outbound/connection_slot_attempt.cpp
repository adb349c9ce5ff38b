// The part of a connection slot that makes one attempt: goes from host to host, transaction after
// transaction, until everybody has a verdict.
#include <algorithm>
#include <utility>

#include "queue/failpoint.hpp"
#include "relay/base/text.hpp"
#include "relay/outbound/body_reader.hpp"
#include "relay/outbound/connection_slot.hpp"
#include "relay/outbound/guarded_body.hpp"
#include "relay/rewrite/verp.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

bool names_utf8(const smtp::mail_request& request) {
    return base::has_high(request.reverse_path) ||
           std::ranges::any_of(request.recipients, [](const auto& each) {
               return base::has_high(each);
           });
}

// `names_recipient`: the reverse-path does (KURIR_VERP), and there is one recipient.
smtp::mail_request request_for(
    const queue::envelope& mail, const std::vector<std::uint32_t>& recipients, bool names_recipient
) {
    smtp::mail_request request{
        .reverse_path = mail.reverse_path,
        .recipients = {},
        .size = mail.size,
        .eight_bit = mail.needs.eight_bit,
    };
    for (const auto each : recipients) {
        const auto& recipient = mail.recipients.at(each);
        request.recipients.push_back(recipient.address);
        request.notify_never.push_back(recipient.dsn->notify.never);
    }
    if (names_recipient) {
        auto path = rewrite::verp_path(mail.reverse_path, request.recipients.front());
        if (path) request.reverse_path = std::move(*path);
    }
    // Only what this transaction names needs it: another recipient's address may be the UTF-8 one.
    request.smtputf8 = mail.needs.smtputf8 && names_utf8(request);
    return request;
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
    const auto& mail = attempt.message->mail;
    const bool has_verp = rewrite::has_verp(attempt.config->verp, mail.reverse_path);
    const auto group = attempt.plan.group(has_verp ? 1 : terms.recipients_max);
    auto request = request_for(mail, group, has_verp);
    if (auto no = co_await fit(attempt, terms.manner.without, request))
        co_return co_await refuse(attempt, std::move(*no));

    queue::failpoint("transaction_begins");
    const bool reused = std::exchange(attempt.record.reused, false);
    attempt.stake = stake_;
    const auto end = co_await send(attempt, std::move(request), terms.manner);
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
        attempt.record.protection = protection_;
        record_host(attempt, connected_to_);
    }
    co_return co_await follow(attempt, step);
}

// Has the message converted if the host needs that, once for all hosts of a kind. The verdict if it
// can't have the message.
asio::awaitable<std::optional<verdict>> connection_slot::fit(
    attempt& attempt, const extension_set& without, smtp::mail_request& request
) {
    attempt.record.converted = false;
    if (auto no = client_->refusal(request)) co_return no;
    const auto needed = needed_conversion(*attempt.message, reduced(client_->offers(), without));
    if (!needed) {
        attempt.conversion.reset();
        co_return std::nullopt;
    }
    if (!attempt.converted || attempt.conversion != needed) {
        attempt.conversion.reset();
        auto made = co_await convert_message(setup_.books, home_, attempt.message, *needed);
        if (!made) co_return std::move(made).error();
        attempt.converted = std::move(*made);
    }
    attempt.conversion = needed;
    request.eight_bit = needed == mime::extent::fields;
    request.size = attempt.converted->size;
    co_return client_->refusal(request);
}

asio::awaitable<transaction_end> connection_slot::send(
    attempt& attempt, smtp::mail_request request, transaction_manner manner
) {
    const bool converts = attempt.conversion && attempt.converted->plan.needed;
    const auto prefix = converts ? prefix_use::left_out : prefix_use::sent;
    body_reader stored(setup_.books.store, home_, attempt.message, prefix);
    if (!converts) co_return co_await send(attempt, std::move(request), stored, manner);
    attempt.record.converted = true;
    setup_.books.metrics.outbound_conversions_total.inc();
    converted_body body(stored, *attempt.converted);
    co_return co_await send(attempt, std::move(request), body, manner);
}

// The end of a message is not sent unless it is still ours to send.
asio::awaitable<transaction_end> connection_slot::send(
    const attempt& attempt, smtp::mail_request request, body_source& body, transaction_manner manner
) {
    const auto* claims = setup_.books.claims;
    if (claims == nullptr) co_return co_await client_->send(std::move(request), body, manner);
    guarded_body guarded(body, *claims, attempt.deliveries);
    co_return co_await client_->send(std::move(request), guarded, manner);
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

}  // namespace kurir::outbound
