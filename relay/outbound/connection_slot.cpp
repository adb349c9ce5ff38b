#include "relay/outbound/connection_slot.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "queue/failpoint.hpp"
#include "relay/log/failure.hpp"
#include "relay/log/log.hpp"
#include "relay/net/ask.hpp"
#include "relay/outbound/body_reader.hpp"
#include "relay/outbound/draw.hpp"
#include "relay/outbound/reach.hpp"
#include "relay/outbound/shortage.hpp"
#include "relay/smtp/text.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

// Settlements of one connection that may be under way when it takes its next job (decisions 3).
constexpr std::size_t window = 2;

constexpr auto put_off_pause = std::chrono::seconds(1);

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
        request.recipients.push_back(mail.recipients.at(each));
    // Only what this transaction names needs it: another recipient's address may be the UTF-8 one.
    request.smtputf8 = mail.needs.smtputf8 && names_utf8(request);
    return request;
}

// What to tell recipients whom no host served: trouble that may pass outranks trouble that won't,
// for then it is not proven that no host takes the message.
void remember(std::optional<verdict>& trouble, verdict latest) {
    const bool outranked =
        trouble && ((trouble->outcome == outcome::deferred && latest.outcome == outcome::failed) ||
                    (!trouble->shortage && latest.shortage));
    if (!outranked) trouble = std::move(latest);
}

// Nothing was tried for anyone, for a shortage of our own.
bool was_put_off(const std::vector<recipient_verdict>& verdicts) {
    return !verdicts.empty() && std::ranges::all_of(verdicts, [](const auto& each) {
        return each.what.shortage.has_value();
    });
}

std::vector<std::uint32_t> recipients_of(const job& what) {
    std::vector<std::uint32_t> all;
    for (const auto& each : what)
        all.insert(all.end(), each.recipients.begin(), each.recipients.end());
    return all;
}

// `recipients` ascends.
std::vector<recipient_verdict> of_recipients(
    const std::vector<std::uint32_t>& recipients, const std::vector<recipient_verdict>& all
) {
    std::vector<recipient_verdict> theirs;
    std::ranges::copy_if(all, std::back_inserter(theirs), [&](const recipient_verdict& each) {
        return std::ranges::binary_search(recipients, each.recipient);
    });
    return theirs;
}

}  // namespace

connection_slot::connection_slot(
    const services& with,
    net::home& home,
    dispatcher& of,
    connection_id who,
    std::shared_ptr<const route> where,
    const stake& held
)
    : with_(with),
      home_(home),
      dispatcher_(of),
      who_(who),
      route_(std::move(where)),
      held_(held),
      settling_(home.executor(), log::internal_error("settlement")),
      settled_(home.executor(), net::clock::time_point::max()) {}

asio::awaitable<void> connection_slot::run() {
    report last;
    try {
        co_await work(last);
    } catch (const std::exception&) {
        // A surprise of a library ends this connection, not the destination, and loses nothing.
        log::internal_error("settlement", std::current_exception());
        client_.reset();
        last = {.what = report::kind::none};
        if (!current_.empty()) {
            last = {.what = report::kind::nothing};
            dispatcher_.put_back(std::move(current_));
        }
    }
    co_await settling_.join();
    asio::post(dispatcher_.executor(), [&of = dispatcher_, who = who_, last] {
        of.ended(who, last);
    });
}

// The slot ends with its connection: the next one is opened by the route as it is then.
asio::awaitable<void> connection_slot::work(report& last) {
    do {
        auto next = co_await next_job(std::exchange(last, {.what = report::kind::none}));
        if (!next) break;
        last = co_await take(std::move(*next));
    } while (client_);
    co_await drop_connection();
}

asio::awaitable<std::optional<job>> connection_slot::next_job(report last) {
    co_await settled_but(window - 1);
    auto& idle = with_.metrics.outbound_connections(metrics::connection_state::idle);
    const bool connected = client_ != nullptr;
    if (connected) idle.inc();
    auto next = co_await net::ask<std::optional<job>>(
        dispatcher_.executor(),
        [&of = dispatcher_, who = who_, last](net::answer_function<std::optional<job>> answer) {
            of.next(who, last, std::move(answer));
        }
    );
    if (connected) idle.dec();
    co_return next;
}

asio::awaitable<report> connection_slot::take(job next) {
    const auto started = net::clock::now();
    current_ = next;
    auto message = co_await fetch(with_, home_, next.front().id);
    if (!message) {
        if (is_gone(message.error())) {
            for (auto& each : next)
                co_await forget(with_, home_, std::move(each));
        } else {
            dispatcher_.put_back(std::move(next));
        }
        current_.clear();
        co_return report{.what = report::kind::nothing};
    }
    attempt now{
        .what = std::move(next),
        .message = std::move(*message),
        .record = {.started = started, .reused = client_ != nullptr},
        .hosts = host_cursor(route_),
    };
    now.open = recipients_of(now.what);
    auto& busy = with_.metrics.outbound_connections(metrics::connection_state::busy);
    busy.inc();
    co_await deliver(now);
    busy.dec();
    if (was_put_off(now.verdicts)) co_return co_await put_off(std::move(now));

    report result{.what = report::kind::succeeded};
    if (now.throttled) result.what = report::kind::throttled;
    if (!now.reached) {
        const bool dead = now.trouble && now.trouble->outcome == outcome::deferred;
        result.what = dead ? report::kind::unreachable : report::kind::nothing;
        if (dead) result.why = *now.trouble;
    }
    current_.clear();
    co_await settle_in_background(std::move(now));
    co_return result;
}

// Gives back a job that we lacked something to try. The slot stays taken for a moment, so that few
// try it at a time.
asio::awaitable<report> connection_slot::put_off(attempt now) {
    current_.clear();
    dispatcher_.put_off(std::move(now.what), now.verdicts.front().what);
    net::timer pause(home_.executor(), net::clock::now() + put_off_pause);
    std::ignore = co_await pause.async_wait(net::as_result);
    co_return report{.what = report::kind::nothing};
}

// Goes from host to host until everybody has a verdict.
asio::awaitable<void> connection_slot::deliver(attempt& now) {
    while (!now.open.empty()) {
        if (!client_) {
            const bool connected = co_await connect(now);
            if (!connected) break;
        } else if (now.record.reused) {
            with_.metrics.outbound_connection_reuses_total.inc();
        }
        const auto request = request_for(now.message->mail, now.open);
        if (auto no = client_->refusal(request)) {
            no->remote = connected_to_.name;
            remember(now.trouble, std::move(*no));
            now.reached = true;
            co_await drop_connection();
            continue;
        }
        co_await transact(now);
    }
    give_up(now);
    const bool worn = client_ && client_->transactions() >= with_.config.connection_messages;
    if (client_ && (worn || !client_->usable())) co_await drop_connection();
}

asio::awaitable<void> connection_slot::transact(attempt& now) {
    queue::failpoint("transaction_begins");
    body_reader body(with_.store, home_, now.message);
    const bool reused = std::exchange(now.record.reused, false);
    now.held = held_;
    auto end = co_await client_->send(request_for(now.message->mail, now.open), body);
    if (end.stale) {
        // The server closed a connection that we had kept: nothing was tried yet.
        client_.reset();
        if (!now.reached) now.held.reset();
        co_return;
    }
    now.reached = true;
    now.record.reused = reused;
    now.record.host = connected_to_.name;
    now.record.address = connected_to_.endpoint.address().to_string();
    now.record.port = connected_to_.endpoint.port();
    now.throttled = now.throttled || std::ranges::any_of(end.verdicts, &verdict::throttles);
    const auto before = now.open.size();
    record_verdicts(now, end);

    const bool same_host = client_->usable() && now.open.size() < before;
    if (!now.open.empty() && !same_host) {
        now.record.reused = false;
        co_await drop_connection();
    }
}

// Takes over what is final; the others stay open, for another transaction or another host.
void connection_slot::record_verdicts(attempt& now, const transaction_end& end) {
    std::vector<std::uint32_t> open;
    for (std::size_t i = 0; i < now.open.size(); ++i) {
        const auto& said = end.verdicts[i];
        if (end.again_at_once[i]) {
            open.push_back(now.open[i]);
            remember(now.trouble, said);
        } else if (said.try_next_host) {
            open.push_back(now.open[i]);
            remember(now.trouble, said);
        } else {
            now.verdicts.push_back({now.open[i], said});
        }
    }
    now.open = std::move(open);
}

// No host is left for those who are still open.
void connection_slot::give_up(attempt& now) {
    if (now.open.empty()) return;
    if (!now.trouble)
        now.trouble = judge_name(now.what.front().domain, make_error_code(dns::errc::no_data));
    for (const auto recipient : now.open)
        now.verdicts.push_back({recipient, *now.trouble});
    now.open.clear();
}

// Opens a connection to the next host that takes one. False when none is left.
asio::awaitable<bool> connection_slot::connect(attempt& now) {
    auto& connecting = with_.metrics.outbound_connections(metrics::connection_state::connecting);
    while (auto host = now.hosts.next()) {
        connecting.inc();
        auto trouble = co_await open(*host);
        connecting.dec();
        const auto result = trouble ? metrics::open_result::error : metrics::open_result::ok;
        with_.metrics.outbound_connections_opened_total(result).inc();
        if (!trouble) co_return true;

        now.record.host = host->name;
        now.record.address = host->endpoint.address().to_string();
        now.record.port = host->endpoint.port();
        const bool go_on = trouble->try_next_host;
        remember(now.trouble, std::move(*trouble));
        if (!go_on) co_return false;
    }
    co_return false;
}

asio::awaitable<std::optional<verdict>> connection_slot::open(const host_address& host) {
    using std::chrono::duration;
    if (auto no = unreachable_by_rule(with_, *route_, host)) co_return no;

    const auto started = net::clock::now();
    auto& durations = with_.metrics.delivery_stage_duration_seconds;
    auto socket =
        co_await net::connect(host.endpoint, started + with_.config.remote_connect_timeout);
    durations(stage::connect).observe(duration<double>(net::clock::now() - started).count());
    if (!socket) {
        auto no = judge(stage::connect, connect_error(socket.error(), host.endpoint));
        no.remote = host.name;
        co_return no;
    }
    client_ = std::make_unique<smtp_client>(
        std::move(*socket), host.name, timeouts_of(with_.config), with_.metrics
    );
    connected_to_ = host;
    auto no = ourselves_at(with_, *route_, *client_);
    if (!no) no = co_await client_->open(hello_name(with_.config, client_->local().address()));
    if (!no) no = greeted_by_ourselves(with_, *route_, *client_);
    if (no) co_await drop_connection();
    co_return no;
}

asio::awaitable<void> connection_slot::drop_connection() {
    if (!client_) co_return;
    const auto going = std::move(client_);
    co_await going->quit();
}

asio::awaitable<void> connection_slot::settle_in_background(attempt done) {
    queue::failpoint("attempt_ended");
    co_await settled_but(window - 1);
    // By the same time and the same draw, so that they come back together.
    done.record.ended = net::wall_now();
    done.record.draw = draw();
    for (auto& part : done.what) {
        auto verdicts = of_recipients(part.recipients, done.verdicts);
        ++outstanding_;
        count_settling(1, static_cast<double>(part.recipients.size()));
        finished_attempt finished{
            .attempted = std::move(part),
            .message = done.message,
            .verdicts = std::move(verdicts),
            .record = done.record,
        };
        settling_.spawn(write(std::move(finished), held_));
    }
}

// The scheduler has let go of them, but until they are written and counted the queue has them.
void connection_slot::count_settling(double messages, double recipients) {
    with_.queue_metrics.queue_messages(metrics::queue_state::settling).inc(messages);
    with_.queue_metrics.queue_recipients(metrics::queue_state::settling).inc(recipients);
}

asio::awaitable<void> connection_slot::write(finished_attempt finished, stake held) {
    // Not written only when the store was closed for good: then it is still in the queue.
    const auto recipients = static_cast<double>(finished.attempted.recipients.size());
    std::ignore = co_await settle(
        with_,
        home_,
        std::move(finished),
        [&of = dispatcher_, held](auto attempt, auto fates) {
            of.report_failure({.ended = {std::move(attempt), std::move(fates)}, .stake = held});
        }
    );
    count_settling(-1, -recipients);
    held.reset();
    --outstanding_;
    settled_.cancel();
}

asio::awaitable<void> connection_slot::settled_but(std::size_t outstanding) {
    while (outstanding_ > outstanding) {
        std::ignore = co_await settled_.async_wait(net::as_result);
    }
}

}  // namespace kurir::outbound
