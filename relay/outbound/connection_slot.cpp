#include "relay/outbound/connection_slot.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "dns/error.hpp"
#include "queue/failpoint.hpp"
#include "relay/log/failure.hpp"
#include "relay/log/log.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/connect.hpp"
#include "relay/outbound/body_reader.hpp"
#include "relay/outbound/draw.hpp"
#include "relay/outbound/evidence.hpp"
#include "relay/outbound/labels.hpp"
#include "relay/outbound/reach.hpp"
#include "relay/outbound/shortage.hpp"
#include "relay/smtp/text.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

// Settlements of one connection that may be under way when it takes its next job (decision 3).
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
        request.recipients.push_back(mail.recipients.at(each).address);
    // Only what this transaction names needs it: another recipient's address may be the UTF-8 one.
    request.smtputf8 = mail.needs.smtputf8 && names_utf8(request);
    return request;
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

const queue::recipient_state* state_of_first(
    const job& what, const queue::stored_message& message
) {
    const auto first = what.front().recipients.front();
    const auto found = std::ranges::find(message.states, first, &queue::recipient_state::index);
    return found == message.states.end() ? nullptr : &*found;
}

// Errors of our own network, which cost no time: they don't count as a host that was tried.
bool is_of_our_network(const boost::system::error_code& why) {
    namespace error = asio::error;
    return why == error::network_unreachable || why == error::address_family_not_supported;
}

// A limit beside others: 0 means none.
std::size_t least(std::size_t limit, std::size_t other) {
    return other == 0 ? limit : std::min(limit, other);
}

}  // namespace

connection_slot::connection_slot(
    const connection_setup& setup,
    storage::home& home,
    job_source& jobs,
    connection_id id,
    std::shared_ptr<const route> hosts,
    const stake& held
)
    : setup_(setup),
      home_(home),
      jobs_(jobs),
      id_(id),
      route_(std::move(hosts)),
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
            jobs_.put_back(std::move(current_));
        }
    }
    co_await settling_.join();
    asio::post(jobs_.executor(), [&jobs = jobs_, id = id_, last] { jobs.ended(id, last); });
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
    auto& idle = setup_.books.metrics.outbound_connections(metrics::connection_state::idle);
    const bool connected = client_ != nullptr;
    if (connected) idle.inc();
    auto next = co_await net::ask<std::optional<job>>(
        jobs_.executor(),
        [&jobs = jobs_, id = id_, last](net::answer_function<std::optional<job>> answer) {
            jobs.next(id, last, std::move(answer));
        }
    );
    if (connected) idle.dec();
    co_return next;
}

asio::awaitable<report> connection_slot::take(job next) {
    current_ = next;
    auto message = co_await fetch(setup_.books.store, home_, next.front().id);
    if (!message) {
        if (is_gone(message.error())) {
            for (auto& each : next)
                co_await forget(setup_.books.store, home_, std::move(each));
        } else if (message.error() != queue::errc::newer) {
            jobs_.put_back(std::move(next));
        }
        current_.clear();
        co_return report{.what = report::kind::nothing};
    }
    auto now = begin(std::move(next), std::move(*message));
    auto& busy = setup_.books.metrics.outbound_connections(metrics::connection_state::busy);
    busy.inc();
    co_await deliver(now);
    busy.dec();
    // Said of those whom no host has said anything of: the route has hosts without an address.
    now.verdicts =
        now.plan.verdicts(judge_name(now.what.front().domain, make_error_code(dns::errc::no_data)));
    if (was_put_off(now.verdicts)) co_return co_await put_off(std::move(now));

    const auto result = evidence_of(now.verdicts, now.plan.reached(), now.plan.trouble());
    const bool leave = client_ && has_had_enough(now);
    current_.clear();
    settle_in_background(std::move(now));
    if (!leave) co_return result;
    // When it is on the disk, the job is done, whatever QUIT takes.
    co_await settled_but(0);
    asio::post(jobs_.executor(), [&jobs = jobs_, id = id_, result] { jobs.finished(id, result); });
    co_await drop_connection();
    co_return report{.what = report::kind::none};
}

connection_slot::attempt connection_slot::begin(
    job what, std::shared_ptr<const queue::stored_message> message
) {
    const auto started = net::clock::now();
    const auto age = net::wall_now() - message->mail.received_at;
    const auto* before = state_of_first(what, *message);
    const auto first = first_host_of(*route_, before);
    const bool other_host = first && route_->targets.size() > 1;
    const bool elsewhere = other_host && client_ && connected_to_.name == before->remote;
    auto config = setup_.config.get();
    attempt_plan plan(recipients_of(what), started, config->max_queue_time - age);
    return {
        .what = std::move(what),
        .config = std::move(config),
        .message = std::move(message),
        .record = {.started = started, .reused = client_ != nullptr && !elsewhere},
        .hosts = host_cursor(route_, first.value_or(first_host())),
        .plan = std::move(plan),
        .begins_elsewhere = elsewhere,
    };
}

// Gives back a job that we lacked something to try. The slot stays taken for a moment, so that few
// try it at a time.
asio::awaitable<report> connection_slot::put_off(attempt now) {
    current_.clear();
    jobs_.put_off(std::move(now.what), now.verdicts.front().what);
    net::timer pause(home_.executor(), net::clock::now() + put_off_pause);
    std::ignore = co_await pause.async_wait(net::as_result);
    co_return report{.what = report::kind::nothing};
}

// Goes from host to host until everybody has a verdict.
asio::awaitable<void> connection_slot::deliver(attempt& now) {
    if (now.begins_elsewhere) co_await drop_connection();
    while (!now.plan.over()) {
        if (!client_) {
            const bool connected = co_await connect(now);
            if (!connected) break;
        } else if (now.record.reused) {
            setup_.books.metrics.outbound_connection_reuses_total.inc();
        }
        const bool go_on = co_await transact(now);
        if (!go_on) break;
    }
}

// One transaction over the connection that is open. False: the attempt is over.
asio::awaitable<bool> connection_slot::transact(attempt& now) {
    const auto terms = terms_for(now);
    const auto group = now.plan.group(terms.recipients_max);
    auto request = request_for(now.message->mail, group);
    if (auto no = client_->refusal(request)) co_return co_await refuse(now, std::move(*no));

    queue::failpoint("transaction_begins");
    body_reader body(setup_.books.store, home_, now.message);
    const bool reused = std::exchange(now.record.reused, false);
    now.held = held_;
    const auto end = co_await client_->send(std::move(request), body, terms.manner);
    const auto step = now.plan.after(end, group, client_->usable(), net::clock::now());
    if (const auto& learnt = now.plan.learnt(); !learnt.empty()) {
        setup_.servers.learn([&](habits& known, net::clock::time_point at) {
            learnt.teach(known, server_of(connected_to_), at);
        });
    }
    if (end.stale) {
        if (!now.plan.reached()) now.held.reset();
    } else {
        now.record.reused = reused;
        record_host(now, connected_to_);
    }
    co_return co_await follow(now, step);
}

// The host can't take the message.
asio::awaitable<bool> connection_slot::refuse(attempt& now, verdict why) {
    why.remote = connected_to_.name;
    const bool go_on = now.plan.host_is_unfit(std::move(why), net::clock::now());
    if (go_on) co_await drop_connection();
    co_return go_on;
}

asio::awaitable<bool> connection_slot::follow(attempt& now, attempt_plan::next step) {
    using next = attempt_plan::next;
    if (step == next::over || step == next::same_connection) co_return step != next::over;
    now.record.reused = false;
    if (step == next::fresh_connection) now.same_host = connected_to_;
    co_await drop_connection();
    co_return true;
}

connection_slot::terms connection_slot::terms_for(attempt& now) {
    const auto& config = *now.config;
    const auto known = setup_.servers.of(server_of(connected_to_));
    if (!known.fresh_helps) now.plan.expect_no_help();
    terms all{
        .messages_max = least(config.connection_messages, known.messages),
        .recipients_max = least(config.transaction_recipients, known.recipients),
        .manner = {},
    };
    all.messages_max = least(all.messages_max, client_->offers().mail_max);
    all.recipients_max = least(all.recipients_max, client_->offers().rcpt_max);
    all.manner.without = now.plan.without();
    all.manner.without |= known.without;
    if (!config.remote_ignore.empty()) {
        all.manner.without |= ignored_with(config.remote_ignore, connected_to_.name);
        for (const auto& each : now.what)
            all.manner.without |= ignored_with(config.remote_ignore, each.domain);
    }
    if (config.mailbox_full == config::full_mailbox_policy::retry)
        all.manner.when_full = full_mailbox::waits;
    return all;
}

// Whether the connection is closed after this attempt.
bool connection_slot::has_had_enough(attempt& now) {
    if (!client_->usable() || now.plan.gave_up()) return true;
    return client_->transactions() >= terms_for(now).messages_max;
}

// Opens a connection to the next host that takes one. False when none is left.
asio::awaitable<bool> connection_slot::connect(attempt& now) {
    auto& connecting =
        setup_.books.metrics.outbound_connections(metrics::connection_state::connecting);
    while (now.plan.may_connect(net::clock::now())) {
        auto host = std::exchange(now.same_host, std::nullopt);
        if (!host) host = now.hosts.next();
        if (!host) co_return false;
        connecting.inc();
        auto trouble = co_await open(now, *host);
        connecting.dec();
        const auto result = trouble ? metrics::open_result::error : metrics::open_result::ok;
        setup_.books.metrics.outbound_connections_opened_total(result).inc();
        if (!trouble || !trouble->shortage) {
            setup_.standing.learn(*route_, *host, !trouble);
        }
        if (!trouble) co_return true;

        record_host(now, *host);
        const bool go_on = now.plan.host_failed(std::move(*trouble), net::clock::now());
        if (!go_on) co_return false;
    }
    co_return false;
}

void connection_slot::record_host(attempt& now, const host_address& host) {
    now.record.host = host.name;
    now.record.address = host.endpoint.address().to_string();
    now.record.port = host.endpoint.port();
}

asio::awaitable<std::optional<verdict>> connection_slot::open(
    attempt& now, const host_address& host
) {
    using std::chrono::duration;
    if (auto no = unreachable_by_rule(*now.config, *route_, host)) {
        now.plan.next_host_is_free();
        co_return no;
    }
    const auto started = net::clock::now();
    auto& durations = setup_.books.metrics.delivery_stage_duration_seconds;
    auto socket =
        co_await net::connect(host.endpoint, started + now.config->remote_connect_timeout);
    durations(label_of(stage::connect))
        .observe(duration<double>(net::clock::now() - started).count());
    if (!socket) {
        const auto why = connect_error(socket.error(), host.endpoint);
        if (is_of_our_network(why)) now.plan.next_host_is_free();
        auto no = judge(stage::connect, why);
        no.remote = host.name;
        co_return no;
    }
    client_ = std::make_unique<smtp_client>(
        std::move(*socket), host.name, timeouts_of(*now.config), setup_.books.metrics
    );
    connected_to_ = host;
    auto no = ourselves_at(setup_.own_listeners, *route_, *client_);
    if (!no)
        no = co_await client_->open({.name = hello_name(*now.config, client_->local().address())});
    if (!no) no = greeted_by_ourselves(*now.config, *route_, *client_);
    if (no) co_await drop_connection();
    co_return no;
}

asio::awaitable<void> connection_slot::drop_connection() {
    if (!client_) co_return;
    const auto going = std::move(client_);
    co_await going->quit();
}

void connection_slot::settle_in_background(attempt done) {
    queue::failpoint("attempt_ended");
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
            .config = done.config,
        };
        settling_.spawn(write(std::move(finished), held_));
    }
}

// The scheduler has let go of them, but until they are written and counted the queue has them.
void connection_slot::count_settling(double messages, double recipients) {
    setup_.books.queue_metrics.queue_messages(metrics::queue_state::settling).inc(messages);
    setup_.books.queue_metrics.queue_recipients(metrics::queue_state::settling).inc(recipients);
}

asio::awaitable<void> connection_slot::write(finished_attempt finished, stake held) {
    // Not written only when the store was closed for good, and then it is still in the queue; or
    // when the claim was lost, and then another owner has it.
    const auto recipients = static_cast<double>(finished.attempted.recipients.size());
    std::ignore = co_await settle(
        setup_.books,
        home_,
        std::move(finished),
        [&jobs = jobs_, held](auto attempt, auto fates) {
            jobs.report_failure({.ended = {std::move(attempt), std::move(fates)}, .stake = held});
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
