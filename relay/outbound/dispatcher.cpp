#include "relay/outbound/dispatcher.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <tuple>
#include <utility>

#include "relay/log/failure.hpp"
#include "relay/net/error.hpp"
#include "relay/outbound/logins.hpp"
#include "relay/outbound/queue_gauges.hpp"
#include "relay/outbound/tls_plan.hpp"

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

// How many deliveries of a shared queue are held, at most, for each connection that may be opened.
constexpr std::size_t held_for_each_worker = 10;

// When a delivery whose attempt broke off for a reason of our own is tried again.
constexpr auto put_back_pause = 5s;

scheduler_limits limits_of(const config::config& config) {
    return {
        .workers = config.delivery_workers,
        .destination_concurrency = config.destination_concurrency,
        .destination_rate = config.destination_rate,
        .retry_min = config.retry_min,
        .retry_max = config.retry_max,
        .max_queue_time = config.max_queue_time,
        .lifetimes_from = config.lifetimes_from,
        .connection_idle = config.connection_idle,
    };
}

}  // namespace

dispatcher::dispatcher(
    asio::any_io_executor home,
    const config::live_config& config,
    const bookkeeping& books,
    route_table& routes,
    router& hosts,
    std::vector<crew*> crews
)
    : home_(home),
      config_(config),
      captures_(config.get()->capture),
      books_(books),
      routes_(routes),
      routes_from_(config.get()),
      router_(hosts),
      crews_(std::move(crews)),
      tasks_(home, log::internal_error("dispatcher")),
      wake_(home),
      scheduler_(limits_of(*config.get()), routes_, *this),
      work_to_conclude_(home, net::clock::time_point::max()),
      reports_home_(home) {
    if (books.claims == nullptr) return;
    // What it would not send is left to others.
    const auto room = captures_ ? 0 : held_for_each_worker * config.get()->delivery_workers;
    claims_.emplace(home, books_, scheduler_, room);
    scheduler_.set_open(queue_is_open(), instant_now());
}

void dispatcher::arrived(std::vector<queue::delivery> deliveries) {
    asio::post(home_, [this, deliveries = std::move(deliveries)]() mutable {
        follow_config();
        const auto at = instant_now();
        scheduler_.set_open(queue_is_open(), at);
        scheduler_.arrived(std::move(deliveries), at);
        wake_if_sooner();
    });
}

void dispatcher::removed(std::vector<queue::removal> removals) {
    asio::post(home_, [this, removals = std::move(removals)]() mutable {
        scheduler_.removed(std::move(removals));
    });
}

void dispatcher::moved(std::vector<queue::delivery> deliveries) {
    asio::post(home_, [this, deliveries = std::move(deliveries)]() mutable {
        scheduler_.moved(std::move(deliveries), instant_now());
        wake_if_sooner();
    });
}

void dispatcher::set_nodes(queue::node_share own) {
    asio::post(home_, [this, own = std::move(own)] {
        const auto at = instant_now();
        has_share_ = true;
        scheduler_.set_open(queue_is_open(), at);
        scheduler_.set_nodes(own, at);
        wake_if_sooner();
    });
}

void dispatcher::put_back(job unfinished) {
    asio::post(home_, [this, unfinished = std::move(unfinished)]() mutable {
        put_back_at_once(std::move(unfinished));
    });
}

void dispatcher::put_back_at_once(job unfinished) {
    for (auto& each : unfinished)
        each.due = net::wall_now() + put_back_pause;
    scheduler_.arrived(std::move(unfinished), instant_now());
    wake_if_sooner();
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

void dispatcher::explain(
    queue::message_id id, std::function<void(std::vector<explanation>)> answer
) {
    asio::post(home_, [this, id, answer = std::move(answer)] {
        answer(scheduler_.explain(id, instant_now()));
    });
}

// Before mail is looked at that may name a route of a new configuration.
void dispatcher::follow_config() {
    auto current = config_.get();
    if (current == routes_from_) return;
    routes_.update(routes_of(*current));
    for (const auto& name : changed_credentials(*routes_from_, *current))
        scheduler_.credential_changed(name, instant_now());
    if (!asks_same_of_tls(*routes_from_, *current)) scheduler_.forget_routes();
    routes_from_ = std::move(current);
}

bool dispatcher::queue_is_open() const {
    if (captures_) return false;
    if (books_.claims != nullptr) {
        if (!has_share_ || !books_.claims->has_room(net::clock::now())) return false;
    }
    const auto state = books_.store.state();
    if (state == queue::store_state::open) return true;
    // Of a shared queue the ends of attempts may wait for space while their claims run out.
    return state == queue::store_state::full && books_.claims == nullptr;
}

asio::awaitable<void> dispatcher::run() {
    for (int i = 0; i < conclusions_at_once; ++i)
        tasks_.spawn(conclude_without_attempt());
    if (claims_) tasks_.spawn(claims_->run());
    while (!stopping_ || scheduler_.connections() > 0) {
        follow_config();
        const auto at = instant_now();
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
    if (claims_) claims_->end();
    co_await tasks_.join();
}

void dispatcher::wake_if_sooner() {
    if (net::clock::now() + until_next() < wake_at_) wake_.cancel();
}

std::chrono::milliseconds dispatcher::until_next() const {
    const auto at = instant_now();
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
    if (claims_) claims_->stop();
    wake_.cancel();
}

void dispatcher::next(
    connection_id connection, const report& last, net::answer_function<std::optional<job>> answer
) {
    asking_[connection] = std::move(answer);
    scheduler_.wants_work(connection, last, instant_now());
    wake_if_sooner();
}

void dispatcher::finished(connection_id connection, const report& last) {
    scheduler_.finished(connection, last, instant_now());
    wake_if_sooner();
}

void dispatcher::ended(connection_id connection, const report& last) {
    scheduler_.ended(connection, last, instant_now());
    if (stopping_) wake_.cancel();
    wake_if_sooner();
}

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
    const auto at = instant_now();
    if (at.wall >= next_ages_) {
        next_ages_ = at.wall + ages_interval;
        publish_ages(books_.queue_metrics, scheduler_.backlog(), at.wall);
    }
    const auto suspended = scheduler_.suspended(at);
    books_.metrics.destination_suspended.set(static_cast<double>(suspended.all));
    books_.metrics.relayhost_suspended.set(suspended.relayhosts > 0 ? 1 : 0);
}

}  // namespace kurir::outbound
