#include "relay/outbound/dispatcher.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <tuple>
#include <utility>

#include "relay/log/failure.hpp"
#include "relay/log/log.hpp"
#include "relay/net/error.hpp"
#include "relay/outbound/labels.hpp"
#include "relay/outbound/queue_gauges.hpp"
#include "relay/outbound/settle.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// How often it looks whether the store is open, at most.
constexpr std::chrono::milliseconds look_interval = 1s;
constexpr auto ages_interval = 15s;

// How long a scrape waits for fresh gauges; a dispatcher that is busier than that shows in the
// loop's lag.
constexpr auto scrape_patience = 500ms;

// How many deliveries are concluded without an attempt at the same time.
constexpr int conclusions_at_once = 16;

// When a delivery whose attempt broke off for a reason of our own is tried again.
constexpr auto put_back_pause = 5s;

// When a question is asked again for which we lacked a descriptor; how often a shortage is logged.
constexpr auto put_off_pause = 1s;
constexpr auto shortage_line_interval = 60s;

// How often it is logged that mail names a route that does not exist.
constexpr auto missing_route_line_interval = 60s;

instant now() {
    return {.steady = net::clock::now(), .wall = net::wall_now()};
}

scheduler_limits limits_of(const config::config& config) {
    return {
        .workers = config.delivery_workers,
        .destination_concurrency = config.destination_concurrency,
        .destination_rate = config.destination_rate,
        .retry_min = config.retry_min,
        .retry_max = config.retry_max,
        .max_queue_time = config.max_queue_time,
        .connection_idle = config.connection_idle,
    };
}

double seconds(std::chrono::duration<double> time) {
    return time.count();
}

}  // namespace

dispatcher::dispatcher(
    asio::any_io_executor home,
    const config::live_config& config,
    const bookkeeping& books,
    const route_table& routes,
    router& hosts,
    std::vector<crew*> crews
)
    : home_(home),
      config_(config),
      books_(books),
      routes_(routes),
      router_(hosts),
      crews_(std::move(crews)),
      tasks_(home, log::internal_error("dispatcher")),
      wake_(home),
      scheduler_(limits_of(*config.get()), routes_, *this),
      work_to_conclude_(home, net::clock::time_point::max()),
      reports_home_(home) {}

void dispatcher::arrived(std::vector<queue::delivery> deliveries) {
    asio::post(home_, [this, deliveries = std::move(deliveries)]() mutable {
        const auto at = now();
        scheduler_.set_open(queue_is_open(), at);
        scheduler_.arrived(std::move(deliveries), at);
        wake_if_sooner();
    });
}

void dispatcher::removed(std::vector<queue::removal> what) {
    asio::post(home_, [this, what = std::move(what)]() mutable {
        scheduler_.removed(std::move(what));
    });
}

void dispatcher::moved(std::vector<queue::delivery> what) {
    asio::post(home_, [this, what = std::move(what)]() mutable {
        scheduler_.moved(std::move(what), now());
        wake_if_sooner();
    });
}

void dispatcher::put_back(job unfinished) {
    asio::post(home_, [this, unfinished = std::move(unfinished)]() mutable {
        for (auto& each : unfinished)
            each.due = net::wall_now() + put_back_pause;
        scheduler_.arrived(std::move(unfinished), now());
        wake_if_sooner();
    });
}

void dispatcher::report_failure(failed_attempt failure) {
    count_gathered(failure.ended, 1);
    asio::post(home_, [this, failure = std::move(failure)]() mutable {
        gather(std::move(failure));
    });
}

void dispatcher::put_off(job untried, verdict shortage) {
    asio::post(home_, [this, shortage = std::move(shortage)] { count_shortage(shortage); });
    put_back(std::move(untried));
}

void dispatcher::count_shortage(const verdict& why) {
    books_.metrics.outbound_shortages_total(label_of(*why.shortage)).inc();
    const auto at = net::clock::now();
    if (at < next_shortage_line_) return;
    next_shortage_line_ = at + shortage_line_interval;
    log::event(log::level::warning, "shortage")
        .with("resource", metrics::text(label_of(*why.shortage)))
        .with("stage", metrics::text(label_of(why.stage)))
        .with("response", why.diagnostic)
        .with("advice", "mail waits, and loses nothing of its lifetime");
}

void dispatcher::explain(
    queue::message_id id, std::function<void(std::vector<explanation>)> answer
) {
    asio::post(home_, [this, id, answer = std::move(answer)] {
        answer(scheduler_.explain(id, now()));
    });
}

bool dispatcher::queue_is_open() const {
    const auto state = books_.store.state();
    return state == queue::store_state::open || state == queue::store_state::full;
}

asio::awaitable<void> dispatcher::run() {
    for (int i = 0; i < conclusions_at_once; ++i)
        tasks_.spawn(conclude_without_attempt());
    while (!stopping_ || scheduler_.connections() > 0) {
        const auto at = now();
        scheduler_.set_open(queue_is_open(), at);
        scheduler_.tick(at);
        settle_reports(reports_.due(at.steady));
        const auto pause = std::min(until_next(), look_interval);
        wake_at_ = net::clock::now() + pause;
        wake_.expires_at(wake_at_);
        std::ignore = co_await wake_.async_wait(net::as_result);  // cancelled: something arrived
    }
    work_to_conclude_.cancel();
    settle_reports(reports_.all());
    co_await tasks_.join();
}

void dispatcher::wake_if_sooner() {
    if (net::clock::now() + until_next() < wake_at_) wake_.cancel();
}

std::chrono::milliseconds dispatcher::until_next() const {
    const auto at = now();
    const auto next = scheduler_.until_next(at);
    const auto report = reports_.next();
    if (!report) return next;
    const auto pause = std::chrono::ceil<std::chrono::milliseconds>(*report - at.steady);
    return std::clamp(pause, std::chrono::milliseconds(0), next);
}

void dispatcher::stop() {
    stopping_ = true;
    settle_reports(reports_.all());
    scheduler_.stop();
    wake_.cancel();
}

// --- what connections say

void dispatcher::next(
    connection_id connection, const report& last, net::answer_function<std::optional<job>> answer
) {
    asking_[connection] = std::move(answer);
    scheduler_.wants_work(connection, last, now());
    wake_if_sooner();
}

void dispatcher::finished(connection_id connection, const report& last) {
    scheduler_.finished(connection, last, now());
    wake_if_sooner();
}

void dispatcher::ended(connection_id connection, const report& last) {
    scheduler_.ended(connection, last, now());
    if (stopping_) wake_.cancel();
    wake_if_sooner();
}

// --- what the scheduler orders

void dispatcher::find_route(const route_choice& choice) {
    tasks_.spawn(resolve(choice));
}

asio::awaitable<void> dispatcher::resolve(route_choice choice) {
    tell_missing(choice);
    // Not at once: an answer from the cache would reach the scheduler amid its question.
    co_await asio::post(home_, asio::use_awaitable);
    const auto asked = net::clock::now();
    auto found = co_await router_.find(choice);
    // What we lack to ask is no answer: the question stays, and so does its place among those that
    // are asked at a time.
    for (const auto* why = std::get_if<verdict>(&found);
         why != nullptr && why->shortage && !stopping_;
         why = std::get_if<verdict>(&found)) {
        count_shortage(*why);
        net::timer pause(home_, net::clock::now() + put_off_pause);
        std::ignore = co_await pause.async_wait(net::as_result);
        found = co_await router_.find(choice);
    }
    if (stopping_ && std::holds_alternative<verdict>(found))
        co_return;  // the look-up was broken off
    books_.metrics.delivery_stage_duration_seconds(label_of(stage::dns))
        .observe(seconds(net::clock::now() - asked));
    route_answer answer;
    if (auto* there = std::get_if<route>(&found)) {
        answer = std::make_shared<const route>(std::move(*there));
    } else {
        answer = std::move(std::get<verdict>(found));
    }
    scheduler_.route_found(choice, std::move(answer), now());
    wake_if_sooner();
}

// The configuration named the route when the mail was accepted, and does not any more.
void dispatcher::tell_missing(const route_choice& choice) {
    const auto at = net::clock::now();
    if (routes_.has(choice.route) || at < next_missing_route_line_) return;
    next_missing_route_line_ = at + missing_route_line_interval;
    log::event(log::level::warning, "route_missing")
        .with("route", choice.route)
        .with("domain", choice.domain)
        .with("advice", "its mail takes the default route");
}

void dispatcher::connect(connection_id which, std::shared_ptr<const route> to) {
    const auto least_busy = [](const crew* a, const crew* b) { return a->size() < b->size(); };
    crew* on = *std::min_element(crews_.begin(), crews_.end(), least_busy);
    on->start(*this, which, std::move(to));
}

void dispatcher::deliver(connection_id which, job what) {
    const auto lag = net::wall_now() - what.front().due;
    books_.queue_metrics.scheduler_lag_seconds.observe(std::max(seconds(lag), 0.0));
    answer(which, std::move(what));
}

void dispatcher::disconnect(connection_id which) {
    answer(which, std::nullopt);
}

void dispatcher::answer(connection_id which, std::optional<job> what) {
    const auto asking = asking_.find(which);
    const auto give = std::move(asking->second);
    asking_.erase(asking);
    give(std::move(what));
}

void dispatcher::conclude(queue::backlog::slot which, queue::delivery of, verdict what) {
    conclusions_.push_back({.which = which, .of = std::move(of), .what = std::move(what)});
    work_to_conclude_.cancel_one();
}

asio::awaitable<void> dispatcher::conclude_without_attempt() {
    storage::home home(home_);
    while (!stopping_ || !conclusions_.empty()) {
        if (conclusions_.empty()) {
            std::ignore = co_await work_to_conclude_.async_wait(net::as_result);
            continue;
        }
        auto next = std::move(conclusions_.front());
        conclusions_.pop_front();
        queue::delivery kept = next.of;
        const auto how = co_await settle_untried(
            books_,
            home,
            config_.get(),
            std::move(next.of),
            next.what,
            [this](finished_attempt attempt, std::vector<recipient_fate> fates) {
                ended_attempt ended{std::move(attempt), std::move(fates)};
                count_gathered(ended, 1);
                gather({.ended = std::move(ended)});
            }
        );
        scheduler_.concluded(next.which);
        if (how == settle_result::closed) put_back({std::move(kept)});
    }
}

// --- failures that are reported together

void dispatcher::gather(failed_attempt failure) {
    std::vector<report_collector::report> reports;
    if (auto report = reports_.add(std::move(failure), net::clock::now())) {
        reports.push_back(std::move(*report));
    }
    if (stopping_) std::ranges::move(reports_.all(), std::back_inserter(reports));
    settle_reports(std::move(reports));
    wake_if_sooner();
}

void dispatcher::settle_reports(std::vector<report_collector::report> reports) {
    for (auto& report : reports)
        tasks_.spawn(settle_report(std::move(report)));
}

asio::awaitable<void> dispatcher::settle_report(report_collector::report failures) {
    std::vector<ended_attempt> ended;
    ended.reserve(failures.size());
    for (auto& each : failures)
        ended.push_back(std::move(each.ended));
    // Not written only when the store was closed for good, and then it is still in the queue; or
    // when the claim was lost, and then another owner has it.
    std::ignore = co_await settle_together(books_, reports_home_, ended);
    for (const auto& each : ended)
        count_gathered(each, -1);
}

// The scheduler has let go of them, but until they are written the queue has them.
void dispatcher::count_gathered(const ended_attempt& ended, int sign) {
    const auto recipients = static_cast<double>(ended.fates.size());
    books_.queue_metrics.queue_messages(metrics::queue_state::settling).inc(sign);
    books_.queue_metrics.queue_recipients(metrics::queue_state::settling).inc(sign * recipients);
}

// --- what the scheduler tells

void dispatcher::withheld(throttle why) {
    books_.metrics.outbound_throttled_total(label_of(why)).inc();
}

void dispatcher::suspended(const destination& site, std::chrono::milliseconds pause) {
    log::event(log::level::warning, "destination_suspended")
        .with("destination", site.where->key.name())
        .with("because", site.last_trouble.diagnostic)
        .with("messages", site.ready.size())
        .with("probe_in_s", seconds(pause));
}

void dispatcher::resumed(const destination& site) {
    log::event(log::level::notice, "destination_resumed")
        .with("destination", site.where->key.name())
        .with("messages", site.ready.size());
}

void dispatcher::waiting(const queue::delivery& what, const suspension& by) {
    log::event(log::level::notice, "waiting")
        .with("queue_id", what.id.text())
        .with("domain", what.domain)
        .with("recipients", what.recipients.size())
        .with("destination", by.destination)
        .with("because", by.because)
        .with("probe_in_s", seconds(by.until));
}

// --- gauges

void dispatcher::refresh_gauges() {
    auto published = std::make_shared<std::promise<void>>();
    auto wait = published->get_future();
    asio::post(home_, [this, published] {
        publish();
        published->set_value();
    });
    wait.wait_for(scrape_patience);
}

void dispatcher::publish() {
    publish_states(books_.queue_metrics, scheduler_.backlog(), net::calendar_ahead());
    const auto at = now();
    if (at.wall >= next_ages_) {
        next_ages_ = at.wall + ages_interval;
        publish_ages(books_.queue_metrics, scheduler_.backlog(), at.wall);
    }
    const auto suspended = scheduler_.suspended(at);
    books_.metrics.destination_suspended.set(static_cast<double>(suspended.all));
    books_.metrics.relayhost_suspended.set(suspended.relayhosts > 0 ? 1 : 0);
}

}  // namespace kurir::outbound
