#include "relay/outbound/found_limits.hpp"

#include "relay/outbound/governor.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;

namespace {

constexpr net::clock::time_point limits_begin{1h};

governor new_governor() {
    return governor({.concurrency_max = 20, .pause_min = 1min, .pause_max = 1h});
}

// So many connections serve, and one more is refused.
void find_limit(governor& subject, std::size_t served, net::clock::time_point now) {
    for (std::size_t i = 1; i <= served; ++i) {
        const auto attempt = subject.started("a", {.open = i, .served = i - 1}, true, now);
        subject.ended(attempt, answer::taken, false, now);
    }
    const auto one_more = subject.started("a", {.open = served + 1, .served = served}, true, now);
    subject.ended(one_more, answer::no_session, false, now);
}

}  // namespace

TEST_CASE("limits are told in words, and what is not known is passed over", "[outbound][limits]") {
    CHECK(text_of(found_limits{}).empty());
    CHECK(text_of({.connections = 4}) == "connections=4");
    CHECK(text_of({.connections = 4, .pace = 12.5}) == "connections=4 pace=12.500000");
    for (const found_limits& each :
         {found_limits{.connections = 1}, {.pace = 0.25}, {.connections = 7, .pace = 1000}}) {
        CHECK(read_found_limits(text_of(each)) == each);
    }
    CHECK(read_found_limits("burst=9 connections=4 of=all") == found_limits{.connections = 4});
    for (const auto* const text :
         {"",
          "connections=0",
          "connections=-1",
          "connections=4x",
          "connections=",
          "pace=0",
          "pace=nan",
          "pace=-1",
          "pace=inf",
          "pace=1e300",
          "connections=99999999999999999999",
          "\xff\xfe",
          "connections"}) {
        CHECK(read_found_limits(text).empty());
    }
}

TEST_CASE("others are told of what changed, not too often", "[outbound][limits]") {
    const found_limits found{.connections = 4, .pace = 10};
    CHECK(is_news({}, found, limits_begin));
    CHECK_FALSE(is_news({}, {}, limits_begin));
    const told_limits told{.limits = found, .at = limits_begin};
    CHECK_FALSE(is_news(told, {}, limits_begin + 9s));
    CHECK(is_news(told, {}, limits_begin + 10s));
    CHECK_FALSE(is_news(told, found, limits_begin + 10s));
    CHECK_FALSE(is_news(told, {.connections = 4, .pace = 11}, limits_begin + 10s));
    CHECK(is_news(told, {.connections = 4, .pace = 13}, limits_begin + 10s));
    CHECK(is_news(told, {.connections = 4, .pace = 8}, limits_begin + 10s));
    CHECK(is_news(told, {.connections = 5, .pace = 10}, limits_begin + 10s));
    CHECK(is_news(told, {.connections = 4}, limits_begin + 10s));
    CHECK(is_news(told, found, limits_begin + limits_told_for / 2));  // before it is over
    const told_limits gone{.limits = {}, .at = limits_begin};
    CHECK_FALSE(is_news(gone, {}, limits_begin + 1h));
}

TEST_CASE("a governor tells what it found, not what it was told", "[outbound][limits]") {
    auto finder = new_governor();
    CHECK(finder.limits_found().empty());
    find_limit(finder, 3, limits_begin);
    CHECK(finder.limits_found() == found_limits{.connections = 3});

    auto other = new_governor();
    REQUIRE(other.begin_with({.connections = 1, .pace = 5}, limits_begin));
    CHECK(other.limits_found().empty());
    CHECK(other.concurrency(limits_begin) == 1);
    CHECK(other.learnt_at(limits_begin).pace == 5);
    CHECK(other.paced());
    CHECK_FALSE(other.begin_with({.connections = 2}, limits_begin));  // something is known

    SECTION("it outgrows the connections after as many successes as the finder needs") {
        for (int i = 0; i < 2; ++i) {
            const auto attempt = other.started("a", {.open = 1}, true, limits_begin);
            other.ended(attempt, answer::taken, false, limits_begin);
        }
        CHECK(other.concurrency(limits_begin) == 2);
    }
    SECTION("what it finds itself it tells") {
        find_limit(other, 2, limits_begin);
        CHECK(other.limits_found().connections == 2);
        CHECK_FALSE(other.limits_found().pace);
    }
}

TEST_CASE("a pace that was borrowed stays borrowed over an outage", "[outbound][limits]") {
    pacer subject;
    subject.begin_with(5, limits_begin);
    auto at = limits_begin;
    for (int i = 0; i < 60; ++i) {
        at += 1s;
        subject.succeeded(at, subject.started(at));
    }
    for (unsigned row = 1; row < 40; ++row) {
        at += 10s;
        if (subject.not_before() > at && subject.not_before() < at + 1h) at = subject.not_before();
        const auto began = at;
        const bool probe = subject.started(began);
        at += 1s;
        subject.withdrawn(probe);
        subject.refused(began, at, row, 0.05);
    }
    subject.succeeded(at, subject.started(at));
    CHECK(subject.pace());
    CHECK_FALSE(subject.found());
}

TEST_CASE("own experience counts more than what others found", "[outbound][limits]") {
    auto subject = new_governor();
    SECTION("a success") {
        const auto attempt = subject.started("a", {.open = 1}, true, limits_begin);
        subject.ended(attempt, answer::taken, false, limits_begin);
    }
    SECTION("nobody answers") {
        subject.unreachable(limits_begin);
    }
    SECTION("a limit") {
        find_limit(subject, 2, limits_begin);
    }
    const auto before = subject.concurrency(limits_begin);
    CHECK_FALSE(subject.begin_with({.connections = 1, .pace = 5}, limits_begin));
    CHECK(subject.concurrency(limits_begin) == before);
    CHECK_FALSE(subject.paced());
    CHECK_FALSE(new_governor().begin_with({}, limits_begin));
}
