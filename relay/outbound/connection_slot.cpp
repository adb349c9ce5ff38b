#include "relay/outbound/connection_slot.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "dns/error.hpp"
#include "queue/error.hpp"
#include "relay/log/failure.hpp"
#include "relay/net/ask.hpp"
#include "relay/outbound/evidence.hpp"
#include "relay/outbound/lifetime.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

// Settlements of one connection that may be under way when it takes its next job (decision 3).
constexpr std::size_t window = 2;

constexpr auto pause_of_connection = std::chrono::seconds(1);

// Nothing was tried for anyone, for a shortage of our own.
bool was_put_off(const std::vector<recipient_verdict>& verdicts) {
    return !verdicts.empty() && std::ranges::all_of(verdicts, [](const auto& each) {
        return each.verdict.shortage.has_value();
    });
}

std::vector<std::uint32_t> recipients_of(const job& deliveries) {
    std::vector<std::uint32_t> all;
    for (const auto& each : deliveries)
        all.insert(all.end(), each.recipients.begin(), each.recipients.end());
    return all;
}

const queue::recipient_state* state_of_first(
    const job& deliveries, const queue::stored_message& message
) {
    const auto first = deliveries.front().recipients.front();
    const auto found = std::ranges::find(message.states, first, &queue::recipient_state::index);
    return found == message.states.end() ? nullptr : &*found;
}

}  // namespace

connection_slot::connection_slot(
    const connection_setup& setup,
    storage::home& home,
    job_source& jobs,
    connection_id id,
    std::shared_ptr<const route> hosts,
    const stake& stake
)
    : setup_(setup),
      home_(home),
      jobs_(jobs),
      id_(id),
      route_(std::move(hosts)),
      stake_(stake),
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
        last = {.result = report::kind::none};
        if (!current_.empty()) {
            last = {.result = report::kind::nothing};
            jobs_.put_back(std::move(current_));
        }
    }
    co_await settling_.join();
    asio::post(jobs_.executor(), [&jobs = jobs_, id = id_, last] { jobs.ended(id, last); });
}

// The slot ends with its connection: the next one is opened by the route as it is then.
asio::awaitable<void> connection_slot::work(report& last) {
    do {
        auto next = co_await next_job(std::exchange(last, {.result = report::kind::none}));
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
                co_await forget(setup_.books, home_, std::move(each), message.error());
        } else if (message.error() != queue::errc::newer) {
            jobs_.put_back(std::move(next));
        }
        current_.clear();
        co_return report{.result = report::kind::nothing};
    }
    if (const auto order = setup_.suspensions.of_sender((*message)->mail.reverse_path)) {
        jobs_.set_aside(std::move(next), *order);
        current_.clear();
        co_return report{.result = report::kind::nothing};
    }
    auto attempt = begin(std::move(next), std::move(*message));
    auto& busy = setup_.books.metrics.outbound_connections(metrics::connection_state::busy);
    busy.inc();
    co_await deliver(attempt);
    busy.dec();
    // Said of those whom no host has said anything of: the route has hosts without an address.
    attempt.verdicts = attempt.plan.verdicts(
        judge_name(attempt.deliveries.front().domain, make_error_code(dns::errc::no_data))
    );
    if (was_put_off(attempt.verdicts)) co_return co_await put_off(std::move(attempt));

    const auto result =
        evidence_of(attempt.verdicts, attempt.plan.reached(), attempt.plan.trouble());
    const bool leave = client_ && has_had_enough(attempt);
    current_.clear();
    settle_in_background(std::move(attempt));
    if (!leave) co_return result;
    // When it is on the disk, the job is done, whatever QUIT takes.
    co_await settled_but(0);
    asio::post(jobs_.executor(), [&jobs = jobs_, id = id_, result] { jobs.finished(id, result); });
    co_await drop_connection();
    co_return report{.result = report::kind::none};
}

connection_slot::attempt connection_slot::begin(
    job deliveries, std::shared_ptr<const queue::stored_message> message
) {
    const auto started = net::clock::now();
    const auto* before = state_of_first(deliveries, *message);
    const auto first = first_host_of(*route_, before);
    const bool other_host = first && route_->targets.size() > 1;
    const bool elsewhere = other_host && client_ && connected_to_.name == before->remote;
    auto config = setup_.config.get();
    const auto age = queue_age(*config, message->mail.received_at, net::wall_now());
    attempt_plan plan(recipients_of(deliveries), started, config->max_queue_time - age);
    return {
        .deliveries = std::move(deliveries),
        .config = std::move(config),
        .message = std::move(message),
        .record =
            {.started = started,
             .route = route_->key.route,
             .reused = client_ != nullptr && !elsewhere},
        .hosts = host_cursor(route_, first.value_or(first_host())),
        .plan = std::move(plan),
        .begins_elsewhere = elsewhere,
    };
}

// Gives back a job that we lacked something to try. The slot stays taken for a moment, so that few
// try it at a time.
asio::awaitable<report> connection_slot::put_off(attempt attempt) {
    current_.clear();
    jobs_.put_off(std::move(attempt.deliveries), attempt.verdicts.front().verdict);
    net::timer pause(home_.executor(), net::clock::now() + pause_of_connection);
    std::ignore = co_await pause.async_wait(net::as_result);
    co_return report{.result = report::kind::nothing};
}

}  // namespace kurir::outbound
