#include "relay/control/live_endpoints.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include "relay/admin/json_answer.hpp"
#include "relay/base/text.hpp"
#include "relay/control/queue_json.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"

namespace kurir::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

// Sums of the queue are made at most so often, however many look.
constexpr auto sums_kept = 5s;
constexpr std::size_t troubles_max = 10;
constexpr auto look_at_feed = 250ms;
constexpr int looks_without_news = 20;  // then a comment says that the stream lives

std::shared_ptr<const selector> chosen_by(const criteria& given) {
    return std::make_shared<const selector>(std::get<selector>(selector::read(given)));
}

// The sums of the queue, and when they were made.
struct queue_summary {
    json::array states;
    json::array troubles;
    net::clock::time_point good_until{};
    bool under_way = false;
};

asio::awaitable<json::array> troubles_of(queue_view& view, const clock_reading& clock) {
    const auto sums = co_await view.sums(chosen_by({{"state", "deferred"}}), grouping::destination);
    if (!sums) co_return json::array();
    std::vector<std::pair<std::string, group_sum>> biggest(sums->begin(), sums->end());
    std::ranges::sort(biggest, std::ranges::greater(), [](const auto& each) {
        return each.second.deliveries;
    });
    if (biggest.size() > troubles_max) biggest.resize(troubles_max);
    json::array all;
    for (const auto& [name, sum] : biggest) {
        auto one = json_of(name, sum, clock);
        json::array why;
        if (!name.empty()) {
            const auto found = co_await view.list(
                chosen_by({{"state", "deferred"}, {"destination", name}}), {}, 1
            );
            if (!found.entries.empty()) {
                const auto shown = json_of(found.entries.front(), clock);
                if (const auto* reasons = shown.if_contains("why")) why = reasons->as_array();
            }
        }
        one["why"] = std::move(why);
        all.push_back(std::move(one));
    }
    co_return all;
}

asio::awaitable<void> sum_up(queue_view& view, std::shared_ptr<queue_summary> summary) {
    const auto begun = net::clock::now();
    if (summary->under_way || begun < summary->good_until) co_return;
    summary->under_way = true;
    // Also if something fails.
    const std::shared_ptr<void> ended(nullptr, [summary](void*) { summary->under_way = false; });
    const auto clock = read_clocks();
    json::array states;
    const auto sums = co_await view.sums(selector::everything(), grouping::state);
    if (!sums) co_return;  // what it had stays
    for (const auto& [key, sum] : *sums)
        states.push_back(json_of(key, sum, clock));
    summary->troubles = co_await troubles_of(view, clock);
    summary->states = std::move(states);
    // Of a long queue in a database it takes seconds.
    const auto now = net::clock::now();
    summary->good_until = now + std::max<net::clock::duration>(sums_kept, 9 * (now - begun));
}

json::object rates_json(const std::vector<rate_rings::counts>& steps) {
    json::object all;
    for (std::size_t kind = 0; kind < counted_events.size(); ++kind) {
        json::array one;
        for (const auto& each : steps)
            one.emplace_back(each.at(kind));
        all[counted_events.at(kind)] = std::move(one);
    }
    return all;
}

asio::awaitable<admin::answer> overview(
    queue_view& view, event_feed& feed, std::shared_ptr<queue_summary> summary
) {
    co_await sum_up(view, summary);
    json::array failures;
    for (const auto& each : feed.failures()) {
        boost::system::error_code wrong;
        auto parsed = json::parse(each, wrong);
        if (!wrong) failures.push_back(std::move(parsed));
    }
    json::object last_hour;
    const auto counts = feed.last_hour();
    for (std::size_t kind = 0; kind < counted_events.size(); ++kind)
        last_hour[counted_events.at(kind)] = counts.at(kind);
    co_return admin::json_answer(json::object{
        {"last_hour", std::move(last_hour)},
        {"seconds", rates_json(feed.seconds())},
        {"minutes", rates_json(feed.minutes())},
        {"states", summary->states},
        {"troubles", summary->troubles},
        {"failures", std::move(failures)},
    });
}

asio::awaitable<admin::answer> shown_config(const settings_source& settings) {
    json::array all;
    for (const auto& each : settings()) {
        all.push_back(
            json::object{{"name", each.name}, {"value", each.value}, {"source", each.source}}
        );
    }
    co_return admin::json_answer(json::object{{"settings", std::move(all)}});
}

std::string as_sent(const event_feed::news& news) {
    std::string text;
    if (news.lost > 0) {
        text += "event: lost\ndata: {\"events\":" + std::to_string(news.lost) + "}\n\n";
    }
    auto number = news.next - news.events.size();
    for (const auto& each : news.events) {
        text += "id: " + std::to_string(++number) + "\nevent: " + each.name + "\ndata: ";
        text.append(each.line).append("\n\n");
    }
    return text;
}

// The next piece of the stream; empty when the server ends.
asio::awaitable<std::string> next_piece(event_feed& feed, std::shared_ptr<std::uint64_t> next) {
    net::timer pause(co_await asio::this_coro::executor);
    for (int look = 0; look < looks_without_news; ++look) {
        auto news = feed.since(*next);
        *next = news.next;
        auto text = as_sent(news);
        if (!text.empty()) co_return text;
        pause.expires_after(look_at_feed);
        const auto [cancelled] = co_await pause.async_wait(net::as_result);
        if (cancelled) co_return std::string();
    }
    co_return ":\n\n";
}

// From now on; after a broken connection, from where its reader was.
asio::awaitable<admin::answer> events(event_feed& feed, const admin::request& asked) {
    auto first = feed.now();
    const auto last_seen = base::parse_number<std::uint64_t>(asked["Last-Event-ID"]);
    if (last_seen) first = std::min(*last_seen, first);
    const auto next = std::make_shared<std::uint64_t>(first);
    admin::answer made;
    made.content_type = "text/event-stream";
    made.body = ":\n\n";
    made.stream = [&feed, next] { return next_piece(feed, next); };
    co_return made;
}

}  // namespace

std::vector<admin::endpoint> live_endpoints(
    queue_view& view, event_feed& feed, settings_source settings
) {
    using admin::path_words;
    using admin::request;
    using http::verb;
    using state = admin::places::state;
    constexpr auto api = metrics::http_handler::api;
    const auto summary = std::make_shared<queue_summary>();
    return {
        {"/api/v1/overview",
         verb::get,
         [&view, &feed, summary](const request&, const path_words&) {
             return overview(view, feed, summary);
         },
         api,
         state::slow},
        {"/api/v1/config",
         verb::get,
         [settings = std::move(settings)](const request&, const path_words&) {
             return shown_config(settings);
         },
         api},
        {"/api/v1/events",
         verb::get,
         [&feed](const request& asked, const path_words&) { return events(feed, asked); },
         api,
         state::stream},
    };
}

}  // namespace kurir::control
