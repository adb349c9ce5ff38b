#include "relay/outbound/dispatcher.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "relay/log/log.hpp"
#include "relay/net/error.hpp"
#include "relay/outbound/queue_gauges.hpp"
#include "relay/outbound/settle.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// How long a route is used before it is asked for again; the resolver's cache knows the TTLs.
constexpr auto route_lifetime = 30s;

constexpr auto look_interval = 1000ms;
constexpr auto ages_interval = 15s;

// How long a scrape waits for fresh gauges; a dispatcher that is busier than that shows in the
// loop's lag.
constexpr auto scrape_patience = 500ms;
constexpr auto pause_min = 1ms;

// How many deliveries are concluded without an attempt at the same time.
constexpr int conclusions_at_once = 16;

// When a delivery whose attempt broke off for a reason of our own is tried again.
constexpr auto put_back_pause = 5s;

// The key of the one route that everything takes when there is a relayhost.
const std::string every_domain;

void log_failure(std::exception_ptr failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        log::event(log::level::error, "internal")
            .with("where", "dispatcher")
            .with("error", error.what());
    }
}

}  // namespace

dispatcher::dispatcher(
    asio::any_io_executor home,
    const services& with,
    dns::resolver& resolver,
    std::vector<crew*> crews
)
    : home_(home),
      with_(with),
      router_(with.config, resolver),
      crews_(std::move(crews)),
      tasks_(home, log_failure),
      wake_(home),
      work_to_conclude_(home, net::clock::time_point::max()) {}

void dispatcher::arrived(std::vector<queue::delivery> deliveries) {
    asio::post(home_, [this, deliveries = std::move(deliveries)]() mutable {
        const auto now = net::wall_now();
        for (auto& each : deliveries) {
            if (each.due <= now && accepting_work()) {
                make_ready(std::move(each));
            } else {
                schedule_.insert(std::move(each));
            }
        }
        if (schedule_.next_due() && *schedule_.next_due() < wake_at_) wake_.cancel();
    });
}

bool dispatcher::accepting_work() const {
    const auto state = with_.store.state();
    const bool open = state == queue::store_state::open || state == queue::store_state::full;
    return open && !stopping_;
}

asio::awaitable<void> dispatcher::run() {
    for (int i = 0; i < conclusions_at_once; ++i)
        tasks_.spawn(conclude_without_attempt());
    auto next_look = net::wall_now();
    while (!stopping_ || workers_ > 0) {
        release_due();
        if (net::wall_now() >= next_look) {
            look_around();
            next_look = net::wall_now() + look_interval;
        }
        wake_at_ = next_look;
        if (accepting_work() && schedule_.next_due()) {
            wake_at_ = std::min(wake_at_, *schedule_.next_due());
        }
        wake_.expires_after(std::clamp(wake_at_ - net::wall_now(), pause_min, look_interval));
        std::ignore = co_await wake_.async_wait(net::as_result);  // cancelled: something arrived
    }
    work_to_conclude_.cancel();
    co_await tasks_.join();
}

void dispatcher::stop() {
    stopping_ = true;
    for (auto& [name, site] : sites_)
        site->release_all();
    wake_.cancel();
}

void dispatcher::release_due() {
    if (!accepting_work()) return;
    const auto now = net::wall_now();
    while (auto due = schedule_.pop_due(now))
        make_ready(std::move(*due));
}

// What need not be done at once: idle connections whose time is over, destinations whose pause is
// over or that waited for a free connection, gauges.
void dispatcher::look_around() {
    const auto now = net::clock::now();
    for (auto& [name, site] : sites_) {
        site->release_expired(now);
        pump(*site);
    }
    forget_idle();
}

void dispatcher::make_ready(queue::delivery due) {
    const std::string key = router_.configured() ? every_domain : due.domain;  // `due` moves on
    auto& domain = domains_[key];
    hand_.became_ready(due);
    const auto now = net::clock::now();
    if (domain.where && now - domain.where->resolved_at < route_lifetime) {
        auto& site = at(domain.where);
        site.push(std::move(due));
        pump(site);
        return;
    }
    domain.waiting.push_back(std::move(due));
    if (std::exchange(domain.resolving, true)) return;
    tasks_.spawn(resolve(key));
}

asio::awaitable<void> dispatcher::resolve(std::string domain) {
    auto found = co_await router_.find(domain);
    auto& entry = domains_[domain];
    entry.resolving = false;
    auto waiting = std::exchange(entry.waiting, {});
    if (auto* why_not = std::get_if<verdict>(&found)) {
        domains_.erase(domain);
        for (auto& each : waiting)
            conclude(std::move(each), *why_not);
        co_return;
    }
    entry.where = std::make_shared<const route>(std::move(std::get<route>(found)));
    auto& site = at(entry.where);
    for (auto& each : waiting)
        site.push(std::move(each));
    pump(site);
}

destination& dispatcher::at(const std::shared_ptr<const route>& where) {
    auto& site = sites_[where->site];
    if (!site) {
        // The pause is shorter than a deferred message's, so that the first of them to come back is
        // the probe and not deferred unseen.
        const governor::limits limits{
            .concurrency_max = with_.config.destination_concurrency,
            .pause_min = with_.config.retry_min / 2,
            .pause_max = with_.config.retry_max / 2,
        };
        site = std::make_unique<destination>(where, limits);
    }
    site->where = where;
    return *site;
}

void dispatcher::pump(destination& to) {
    if (to.ready() == 0 || !accepting_work()) return;
    const auto now = net::clock::now();
    if (to.state.suspended(now)) {
        suspend(to);
        return;
    }
    while (to.ready() > 0 && to.idle() > 0) {
        auto next = *to.pop();
        hand_out(next);
        to.give(std::move(next));
    }
    // Every connection that is still opening will take one of those that wait.
    while (to.ready() > to.starting) {
        if (to.connections >= to.state.concurrency(now)) {
            with_.metrics.outbound_throttled_total(metrics::throttle_reason::concurrency).inc();
            return;
        }
        if (workers_ >= with_.config.delivery_workers) {
            with_.metrics.outbound_throttled_total(metrics::throttle_reason::workers).inc();
            return;
        }
        open_connection(to);
    }
}

void dispatcher::open_connection(destination& to) {
    const auto least_busy = [](const crew* a, const crew* b) { return a->size() < b->size(); };
    crew* on = *std::min_element(crews_.begin(), crews_.end(), least_busy);
    ++to.connections;
    ++to.starting;
    ++workers_;
    on->start(*this, {.site = to.where->site, .number = ++tickets_}, to.where);
}

void dispatcher::suspend(destination& to) {
    with_.metrics.outbound_throttled_total(metrics::throttle_reason::suspended).inc();
    while (auto waiting = to.pop())
        conclude(std::move(*waiting), to.last_trouble);
}

void dispatcher::conclude(queue::delivery of, verdict what) {
    hand_out(of);
    conclusions_.push_back({std::move(of), std::move(what)});
    work_to_conclude_.cancel_one();
}

asio::awaitable<void> dispatcher::conclude_without_attempt() {
    net::home home(home_);
    while (!stopping_ || !conclusions_.empty()) {
        if (conclusions_.empty()) {
            std::ignore = co_await work_to_conclude_.async_wait(net::as_result);
            continue;
        }
        auto next = std::move(conclusions_.front());
        conclusions_.pop_front();
        queue::delivery kept = next.of;
        const auto share = hand::share_of(kept);
        const bool settled = co_await settle_untried(with_, home, std::move(next.of), next.what);
        if (!settled) put_back(std::move(kept));
        hand_.finished(share);
    }
}

void dispatcher::next(ticket who, report last, net::answer_function<job> answer) {
    auto& site = *sites_.at(who.site);
    take(site, who, last);
    const auto now = net::clock::now();
    const auto wanted = std::max<std::size_t>(site.state.concurrency(now), 1);
    if (stopping_ || site.connections > wanted) {
        answer(std::nullopt);
        return;
    }
    site.wait(std::move(answer), now + with_.config.connection_idle);
    pump(site);
}

void dispatcher::ended(ticket who, report last) {
    auto& site = *sites_.at(who.site);
    take(site, who, last);
    site.established.erase(who.number);
    --site.connections;
    --workers_;
    pump(site);
    if (stopping_) wake_.cancel();
}

void dispatcher::take(destination& site, const ticket& who, const report& last) {
    if (last.what == report::kind::started) {
        --site.starting;
        return;
    }
    if (last.what == report::kind::none) return;
    hand_.finished(last.job);
    switch (last.what) {
        case report::kind::succeeded:
            site.established.insert(who.number);
            site.state.succeeded();
            break;
        case report::kind::throttled:
            site.state.throttled();
            break;
        case report::kind::unreachable:
            // A host that serves other connections of ours and refuses one more is busy, not dead.
            if (!site.established.empty()) {
                site.state.throttled();
            } else {
                site.state.unreachable(net::clock::now());
                site.last_trouble = last.why;
            }
            break;
        case report::kind::started:
        case report::kind::nothing:
        case report::kind::none:
            break;
    }
}

void dispatcher::put_back(queue::delivery unfinished) {
    asio::post(home_, [this, unfinished = std::move(unfinished)]() mutable {
        unfinished.due = net::wall_now() + put_back_pause;
        schedule_.insert(std::move(unfinished));
    });
}

// A delivery leaves the ready list, to be tried or concluded.
void dispatcher::hand_out(const queue::delivery& which) {
    hand_.became_active(which);
    const std::chrono::duration<double> lag = net::wall_now() - which.due;
    with_.queue_metrics.scheduler_lag_seconds.observe(std::max(lag.count(), 0.0));
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
    publish_states(with_.queue_metrics, schedule_, hand_);
    const auto now = net::wall_now();
    if (now >= next_ages_) {
        next_ages_ = now + ages_interval;
        publish_ages(with_.queue_metrics, schedule_, hand_, now);
    }
    const auto is_suspended = [at = net::clock::now()](const auto& entry) {
        return entry.second->state.suspended(at);
    };
    const auto suspended = std::count_if(sites_.begin(), sites_.end(), is_suspended);
    with_.metrics.destination_suspended.set(static_cast<double>(suspended));
}

// Destinations and domains that nothing waits for are forgotten, so that their number is bounded by
// what is in the queue. One that is suspended is kept: its pause is what protects it.
void dispatcher::forget_idle() {
    const auto now = net::clock::now();
    std::erase_if(sites_, [now](const auto& entry) {
        const destination& site = *entry.second;
        return site.connections == 0 && site.ready() == 0 && !site.state.suspended(now);
    });
    std::erase_if(domains_, [now](const auto& entry) {
        const domain_state& domain = entry.second;
        const bool stale = !domain.where || now - domain.where->resolved_at >= route_lifetime;
        return stale && !domain.resolving && domain.waiting.empty();
    });
}

}  // namespace kurir::outbound
