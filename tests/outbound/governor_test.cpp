#include "relay/outbound/governor.hpp"

#include <string>
#include <vector>

#include "tests/outbound/start.hpp"
#include "tests/outbound/usual_limits.hpp"
#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kurir::net::clock;
using kurir::outbound::answer;
using kurir::outbound::governor;
using tests::start;
using tests::usual_limits;

namespace {

// As many messages together as there may be connections, with one answer for all.
std::size_t together(
    governor& subject,
    answer outcome,
    clock::time_point now = start,
    const std::string& tenant = "shop",
    bool fewer = false
) {
    const auto count = subject.concurrency(now);
    std::vector<governor::attempt> under_way;
    for (std::size_t i = 0; i < count; ++i) {
        under_way.push_back(
            subject.started(tenant, {.open = count, .served = count, .fresh = false}, true, now)
        );
    }
    for (const auto& each : under_way)
        subject.ended(each, outcome, fewer, now + 1ms);
    return count;
}

void succeed(governor& subject, std::size_t times, clock::time_point now = start) {
    for (std::size_t done = 0; done < times;)
        done += together(subject, answer::taken, now);
}

void one(governor& subject, const std::string& tenant, answer outcome, clock::time_point now) {
    subject.ended(subject.started(tenant, {}, true, now), outcome, false, now + 1ms);
}

void fail(governor& subject, clock::time_point now) {
    subject.withdraw(subject.started("shop", {}, true, now), now);
    subject.unreachable(now);
}

bool may_go(const governor& subject, const std::string& tenant, clock::time_point now) {
    return subject.not_before(now) <= now && subject.not_before(tenant, now) <= now;
}

}  // namespace

TEST_CASE("connections grow with success up to their limit", "[outbound][governor]") {
    governor subject(usual_limits);
    CHECK(subject.concurrency(start) == 2);
    succeed(subject, 6);
    CHECK(subject.concurrency(start) >= 6);
    succeed(subject, 100);
    CHECK(subject.concurrency(start) == 20);
}

TEST_CASE("connections that are not used do not grow", "[outbound][governor]") {
    governor subject(usual_limits);
    for (int i = 0; i < 1000; ++i)
        one(subject, "shop", answer::taken, start);
    CHECK(subject.concurrency(start) == 2);
}

TEST_CASE("C024 connections are cut when the destination asks for fewer", "[outbound][governor]") {
    governor subject(usual_limits);
    succeed(subject, 200);
    together(subject, answer::no_session, start, "shop", true);
    CHECK(subject.concurrency(start) == 14);
    for (int i = 1; i < 40 && subject.concurrency(start + i * 2min) > 1; ++i)
        together(subject, answer::no_session, start + i * 2min, "shop", true);
    CHECK(subject.concurrency(start + 2h) == 1);
}

TEST_CASE("D6 a number that was refused is tried again seldom", "[outbound][governor]") {
    governor subject(usual_limits);
    succeed(subject, 4);
    const auto refused = subject.concurrency(start);
    together(subject, answer::no_session, start, "shop", true);
    const auto later = start + 1min;
    succeed(subject, 80, later);
    CHECK(subject.concurrency(later) == refused - 1);
    succeed(subject, 60, later);
    CHECK(subject.concurrency(later) >= refused);
}

TEST_CASE("R1 one refusal among many successes asks for nothing", "[outbound][governor]") {
    governor subject(usual_limits);
    succeed(subject, 200);
    for (int i = 0; i < 50; ++i) {
        one(subject, "shop", answer::refused, start + i * 1s);
        succeed(subject, 40, start + i * 1s);
        CHECK(may_go(subject, "shop", start + i * 1s + 1ms));
    }
    CHECK(subject.concurrency(start + 1min) == 20);
}

TEST_CASE("D6 refusals in a row ask for a rest, whatever they say", "[outbound][governor]") {
    governor subject(usual_limits);
    for (int i = 0; i < 100; ++i)
        one(subject, "shop", answer::taken, start + i * 100ms);
    auto now = start + 10s;
    for (int i = 0; i < 3; ++i)
        one(subject, "shop", answer::refused, now + i * 10ms);
    now += 40ms;
    CHECK_FALSE(may_go(subject, "shop", now));
    // A probe decides, and nobody goes beside it.
    now += 5s;
    REQUIRE(may_go(subject, "shop", now));
    const auto probe = subject.started("shop", {}, true, now);
    CHECK_FALSE(may_go(subject, "shop", now + 10s));
    subject.ended(probe, answer::taken, false, now + 10s);
    CHECK(may_go(subject, "shop", now + 10s));
}

TEST_CASE("H1 a tenant that is refused rests alone", "[outbound][governor]") {
    governor subject(usual_limits);
    auto now = start;
    for (int i = 0; i < 30; ++i, now += 1s)
        one(subject, "spammer", answer::refused, now);
    CHECK_FALSE(may_go(subject, "spammer", now));
    CHECK(may_go(subject, "shop", now));
    CHECK(subject.concurrency(now) >= 2);
}

TEST_CASE(
    "H1 tenants that are refused together make the destination rest", "[outbound][governor]"
) {
    governor subject(usual_limits);
    auto now = start;
    for (int i = 0; i < 5; ++i, now += 10ms) {
        one(subject, "shop", answer::refused, now);
        one(subject, "office", answer::refused, now);
    }
    CHECK_FALSE(may_go(subject, "somebody else", now));
}

TEST_CASE("H1 a success of another tenant clears the row", "[outbound][governor]") {
    governor subject(usual_limits);
    auto now = start;
    for (int i = 0; i < 20; ++i, now += 1s) {
        one(subject, "office", answer::refused, now);
        one(subject, "shop", answer::taken, now);
        one(subject, "spammer", answer::refused, now);
        one(subject, "shop", answer::taken, now);
        REQUIRE(may_go(subject, "shop", now + 1ms));
    }
}

TEST_CASE("D6 recipients that are put off slow nobody, unless all are", "[outbound][governor]") {
    governor subject(usual_limits);
    auto now = start;
    for (int i = 0; i < 15; ++i, now += 10ms)
        one(subject, "shop", answer::put_off, now);
    CHECK(may_go(subject, "shop", now));
    for (int i = 0; i < 30; ++i, now += 10ms)
        one(subject, "shop", answer::put_off, now);
    CHECK_FALSE(may_go(subject, "shop", now));
    CHECK(may_go(subject, "office", now));
}

TEST_CASE("an outage teaches no pace", "[outbound][governor]") {
    governor subject(usual_limits);
    for (int i = 0; i < 600; ++i)
        one(subject, "shop", answer::taken, start + i * 100ms);
    auto now = start + 60s;
    const auto end = now + 60s;
    while (now < end) {
        one(subject, "shop", answer::refused, now);
        now = std::max(subject.not_before("shop", now), now) + 2ms;
    }
    CHECK(now - end < 15s);  // it is looked for again soon
    one(subject, "shop", answer::taken, now);
    for (int i = 0; i < 10; ++i)
        CHECK(may_go(subject, "shop", now + 2ms));
}

TEST_CASE("what was refused once is outgrown when it is taken", "[outbound][governor]") {
    governor subject(usual_limits);
    succeed(subject, 4);
    together(subject, answer::no_session, start, "shop", true);
    succeed(subject, 3000, start + 1min);
    CHECK(subject.concurrency(start + 1min) == 20);
}

TEST_CASE("H1 tenants are forgotten, and there are never too many", "[outbound][governor]") {
    governor subject(usual_limits);
    for (int i = 0; i < 20'000; ++i)
        one(subject, "tenant" + std::to_string(i), answer::taken, start + i * 1ms);
    CHECK(subject.tenants_known() <= 1024);
}

TEST_CASE("a configured rate is kept exactly", "[outbound][governor]") {
    auto with_rate = usual_limits;
    with_rate.rate = kurir::config::rate{.count = 2, .per = 1s};
    governor subject(with_rate);
    int started = 0;
    for (auto now = start; now < start + 60s; now = subject.not_before(now)) {
        one(subject, "shop", answer::taken, now);
        ++started;
    }
    CHECK(started == 120);
    CHECK(subject.delay_reason(start + 60s - 1ms) == governor::delay::rate);
}

TEST_CASE("a small configured limit is never exceeded", "[outbound][governor]") {
    governor subject({.concurrency_max = 2, .pause_min = 1s, .pause_max = 2s});
    CHECK(subject.concurrency(start) == 2);
    succeed(subject, 100);
    CHECK(subject.concurrency(start) == 2);
}

TEST_CASE("C060 an unreachable destination gets one probe per pause", "[outbound][governor]") {
    governor subject(usual_limits);
    fail(subject, start);
    CHECK(subject.concurrency(start) == 0);
    CHECK(subject.concurrency(start + 59s) == 0);
    CHECK(subject.concurrency(start + 60s) == 1);
}

TEST_CASE("connections that fail together count as one failure", "[outbound][governor]") {
    governor subject(usual_limits);
    for (int i = 0; i < 3; ++i)
        fail(subject, start + i * 1s);
    CHECK(subject.suspended_until() == start + 60s);
}

TEST_CASE(
    "pauses double up to their limit and end with the first success", "[outbound][governor]"
) {
    governor subject(usual_limits);
    auto now = start;
    for (const auto pause : {60s, 120s, 240s, 480s, 600s, 600s}) {
        fail(subject, now);
        CHECK(subject.suspended_until() - now == pause);
        now = subject.suspended_until();
    }
    one(subject, "shop", answer::taken, now);

    CHECK_FALSE(subject.suspended(now));
    fail(subject, now);
    CHECK(subject.suspended_until() - now == 60s);
}

TEST_CASE("a part of the connections is never exceeded, and may be none", "[outbound][governor]") {
    governor subject(usual_limits);
    subject.set_part({.connections = 3, .nodes = 2}, start);
    succeed(subject, 100);
    CHECK(subject.concurrency(start) == 3);
    CHECK(subject.learnt_at(start).connections_max == 3);
    subject.set_part({.connections = 0, .nodes = 2}, start);
    CHECK(subject.concurrency(start) == 0);
    // What grows is tried step by step.
    subject.set_part({.connections = 6, .nodes = 1}, start);
    CHECK(subject.concurrency(start) == 3);
    succeed(subject, 100);
    CHECK(subject.concurrency(start) == 6);
}
