// The part of the dispatcher that carries out the orders of the scheduler, and tells what it says.
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "relay/log/log.hpp"
#include "relay/net/error.hpp"
#include "relay/outbound/dispatcher.hpp"
#include "relay/outbound/draw.hpp"
#include "relay/outbound/labels.hpp"
#include "relay/outbound/printable.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// When a question is asked again for which we lacked a descriptor; how often a shortage is logged.
constexpr auto pause_of_question = 1s;
constexpr auto shortage_line_interval = 60s;

// How often it is logged that mail names a route that does not exist.
constexpr auto missing_route_line_interval = 60s;

// How often it is logged that tokens can't be drawn.
constexpr auto draw_line_interval = 60s;

double seconds(std::chrono::duration<double> time) {
    return time.count();
}

}  // namespace

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
    for (const auto* trouble = std::get_if<verdict>(&found);
         trouble != nullptr && trouble->shortage && !stopping_;
         trouble = std::get_if<verdict>(&found)) {
        count_shortage(*trouble);
        net::timer pause(home_, net::clock::now() + pause_of_question);
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
    scheduler_.route_found(choice, std::move(answer), instant_now());
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

void dispatcher::connect(connection_id id, std::shared_ptr<const route> hosts) {
    const auto least_busy = [](const crew* a, const crew* b) { return a->size() < b->size(); };
    crew* chosen = *std::min_element(crews_.begin(), crews_.end(), least_busy);
    chosen->start(*this, id, std::move(hosts));
}

void dispatcher::deliver(connection_id id, job next) {
    const auto lag = net::wall_now() - next.front().due;
    books_.queue_metrics.scheduler_lag_seconds.observe(std::max(seconds(lag), 0.0));
    answer(id, std::move(next));
}

void dispatcher::disconnect(connection_id id) {
    answer(id, std::nullopt);
}

void dispatcher::answer(connection_id id, std::optional<job> next) {
    const auto asking = asking_.find(id);
    const auto give = std::move(asking->second);
    asking_.erase(asking);
    give(std::move(next));
}

void dispatcher::give_back(std::vector<queue::claimed> untried) {
    books_.store.release(std::move(untried));
}

void dispatcher::draw_tokens(const destination_key& key, queue::token_request request) {
    tasks_.spawn(ask_for_tokens(key, std::move(request)));
}

asio::awaitable<void> dispatcher::ask_for_tokens(
    destination_key key, queue::token_request request
) {
    // Not at once, and counted from before the queue's clock is read.
    co_await asio::post(home_, asio::use_awaitable);
    const auto asked = net::clock::now();
    auto drawn = queue::result<queue::token_grant>(queue::errc::closed);
    if (shared_ != nullptr) {
        using grant = queue::token_grant;
        drawn = co_await storage::completed<grant>([&](queue::completion<grant> done) {
            shared_->draw_tokens(request, reports_home_, std::move(done));
        });
    }
    if (!drawn) tell_failed_draw(request, drawn.error().message());
    if (request.wanted == 0) co_return;
    const auto grant = drawn ? std::optional(*drawn) : std::nullopt;
    scheduler_.tokens_drawn(key, grant, asked, instant_now());
    wake_if_sooner();
}

void dispatcher::tell_failed_draw(const queue::token_request& request, const std::string& error) {
    const auto at = net::clock::now();
    if (at < next_draw_line_) return;
    next_draw_line_ = at + draw_line_interval;
    log::event(log::level::warning, "rate_unshared")
        .with("destination", request.name)
        .with("error", error)
        .with("advice", "its mail waits when the tokens that this relay has are used");
}

void dispatcher::withheld(throttle reason) {
    books_.metrics.outbound_throttled_total(label_of(reason)).inc();
}

void dispatcher::suspended(const destination& site, std::chrono::milliseconds pause) {
    log::event(log::level::warning, "destination_suspended")
        .with("destination", site.route->key.name())
        .with("because", site.last_trouble.diagnostic)
        .with("messages", site.ready.size())
        .with("probe_in_s", seconds(pause));
    if (!site.told) return;
    const auto kind = queue::notice_kind::unreachable;
    tell({.kind = kind, .value = site.last_trouble.diagnostic, .left = pause}, site);
}

void dispatcher::resumed(const destination& site) {
    log::event(log::level::notice, "destination_resumed")
        .with("destination", site.route->key.name())
        .with("messages", site.ready.size());
    const auto kind = queue::notice_kind::unreachable;
    if (site.told || site.borrowed) tell({.kind = kind, .removed = true}, site);
}

void dispatcher::limits_found(const destination& site, const found_limits& limits) {
    const auto kind = queue::notice_kind::limits;
    tell(
        {.kind = kind, .value = text_of(limits), .removed = limits.empty(), .left = limits_told_for
        },
        site
    );
}

void dispatcher::tell(queue::notice word, const destination& site) {
    word.key = site.route->key.name();
    if (tell_others_ && word.key.size() <= queue::notice_key_max) tell_others_({std::move(word)});
}

void dispatcher::heard(std::vector<queue::notice> news) {
    asio::post(home_, [this, news = std::move(news)]() mutable {
        scheduler_.heard(read_news(std::move(news)), instant_now());
        wake_if_sooner();
    });
}

scheduler::news dispatcher::read_news(std::vector<queue::notice> notices) const {
    scheduler::news made;
    for (auto& each : notices) {
        const auto left = each.left.value_or(std::chrono::milliseconds(0));
        if (!each.removed && left <= std::chrono::milliseconds(0)) continue;
        if (each.kind == queue::notice_kind::limits) {
            made.limits.push_back({.destination = std::move(each.key), .left = left});
            if (!each.removed) made.limits.back().found = read_found_limits(each.value);
            continue;
        }
        made.trouble.push_back(
            {.destination = std::move(each.key), .because = printable(each.value)}
        );
        if (!each.removed) made.trouble.back().pause = borrowed_pause(left, draw());
    }
    return made;
}

void dispatcher::waiting(const queue::delivery& delivery, const suspension& suspension) {
    log::event(log::level::notice, "waiting")
        .with("queue_id", delivery.id.text())
        .with("domain", delivery.domain)
        .with("recipients", delivery.recipients.size())
        .with("destination", suspension.destination)
        .with("because", suspension.reason)
        .with("probe_in_s", seconds(suspension.pause));
}

void dispatcher::count_shortage(const verdict& trouble) {
    books_.metrics.outbound_shortages_total(label_of(*trouble.shortage)).inc();
    const auto at = net::clock::now();
    if (at < next_shortage_line_) return;
    next_shortage_line_ = at + shortage_line_interval;
    log::event(log::level::warning, "shortage")
        .with("resource", metrics::text(label_of(*trouble.shortage)))
        .with("stage", metrics::text(label_of(trouble.stage)))
        .with("response", trouble.diagnostic)
        .with("advice", "mail waits, and loses nothing of its lifetime");
}

}  // namespace kurir::outbound
