#include "relay/control/event_feed.hpp"

#include <chrono>
#include <numeric>
#include <string>

#include "relay/control/rate_rings.hpp"
#include "tests/support/catch.hpp"

namespace {

using namespace std::chrono_literals;
using kurir::control::event_feed;
using kurir::control::rate_rings;
using kurir::net::clock;

constexpr auto start_of_rates = clock::time_point(1h);

}  // namespace

TEST_CASE("a reader gets the events from its number on, in their order", "[control]") {
    event_feed feed;
    feed.hear("received", R"({"a":1})");
    const auto first = feed.now();
    feed.hear("delivered", R"({"b":2})");
    feed.hear("session", R"({"nobody":"watches"})");
    feed.hear("admin", R"({"c":3})");

    const auto news = feed.since(first);
    REQUIRE(news.events.size() == 2);
    CHECK(news.events[0].name == "delivered");
    CHECK(news.events[1].line == R"({"c":3})");
    CHECK(news.lost == 0);
    CHECK(feed.since(news.next).events.empty());
}

TEST_CASE("a slow reader loses the oldest events and is told how many", "[control]") {
    event_feed feed;
    for (std::size_t each = 0; each < event_feed::kept + 10; ++each)
        feed.hear("received", std::to_string(each));

    const auto news = feed.since(0);
    CHECK(news.lost == 10);
    REQUIRE(news.events.size() == event_feed::batch);
    CHECK(news.events.front().line == "10");
    CHECK(feed.since(news.next).lost == 0);
}

TEST_CASE("a number of the future, and an event that is too long, do no harm", "[control]") {
    event_feed feed;
    feed.hear("received", std::string(event_feed::line_max + 1, 'x'));
    const auto news = feed.since(1'000'000);
    CHECK(news.events.empty());
    CHECK(news.next == feed.now());
    CHECK(feed.now() == 0);
}

TEST_CASE("the last failures are kept, the newest first", "[control]") {
    event_feed feed;
    for (std::size_t each = 0; each <= event_feed::failures_kept; ++each)
        feed.hear(each % 2 == 0 ? "deferred" : "bounced", std::to_string(each));
    feed.hear("delivered", "no failure");

    const auto failures = feed.failures();
    REQUIRE(failures.size() == event_feed::failures_kept);
    CHECK(failures.front() == std::to_string(event_feed::failures_kept));
    CHECK(failures.back() == "1");
}

TEST_CASE("rates are counted by the second and by the minute", "[control]") {
    rate_rings rates;
    rates.count(0, start_of_rates);
    rates.count(0, start_of_rates + 500ms);
    rates.count(1, start_of_rates + 1s);

    const auto seconds = rates.seconds(start_of_rates + 2s);
    REQUIRE(seconds.size() == rate_rings::length);
    CHECK(seconds.at(58).at(0) == 2);
    CHECK(seconds.at(59).at(0) == 0);
    CHECK(seconds.at(59).at(1) == 1);
    CHECK(rates.minutes(start_of_rates + 59s).at(59).at(0) == 0);
    CHECK(rates.minutes(start_of_rates + 61s).at(59).at(0) == 2);
    // The minute that is under way is of the last hour, too.
    CHECK(rates.last_hour(start_of_rates + 61s).at(0) == 2);
    rates.count(0, start_of_rates + 61s);
    CHECK(rates.last_hour(start_of_rates + 61s).at(0) == 3);
    CHECK(rates.last_hour(start_of_rates + 61s).at(1) == 1);
    CHECK(rates.last_hour(start_of_rates + 2h).at(0) == 0);
}

TEST_CASE("what is older than a ring is forgotten, after a pause of any length", "[control]") {
    rate_rings rates;
    rates.count(0, start_of_rates);
    const auto is_empty = [](const auto& steps) {
        return std::accumulate(steps.begin(), steps.end(), 0U, [](auto sum, const auto& each) {
                   return sum + each.at(0);
               }) == 0;
    };
    CHECK_FALSE(is_empty(rates.seconds(start_of_rates + 60s)));
    CHECK(is_empty(rates.seconds(start_of_rates + 61s)));
    CHECK_FALSE(is_empty(rates.minutes(start_of_rates + 61s)));
    CHECK(is_empty(rates.minutes(start_of_rates + 24h)));
}
