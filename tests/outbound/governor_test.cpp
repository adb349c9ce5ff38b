#include "relay/outbound/governor.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kurir::net::clock;
using kurir::outbound::governor;

namespace {

constexpr clock::time_point start{1h};
const governor::limits limits{.concurrency_max = 20, .pause_min = 60s, .pause_max = 600s};

// Deliveries over as many connections as there may be, which all succeed.
void succeed(governor& subject, int times, clock::time_point now = start) {
    while (times > 0) {
        const auto together = subject.concurrency(now);
        for (std::size_t i = 0; i < together; ++i)
            subject.started(now);
        for (std::size_t i = 0; i < together; ++i)
            subject.succeeded(now);
        times -= static_cast<int>(together);
    }
}

void refuse_all(governor& subject, clock::time_point now = start) {
    const auto together = subject.concurrency(now);
    for (std::size_t i = 0; i < together; ++i)
        subject.started(now);
    for (std::size_t i = 0; i < together; ++i)
        subject.throttled(now);
}

void fail(governor& subject, clock::time_point now) {
    subject.started(now);
    subject.unreachable(now);
}

}  // namespace

TEST_CASE("connections grow with success up to their limit", "[outbound][governor]") {
    governor subject(limits);
    CHECK(subject.concurrency(start) == 2);
    succeed(subject, 6);
    CHECK(subject.concurrency(start) >= 6);
    succeed(subject, 100);
    CHECK(subject.concurrency(start) == 20);
}

TEST_CASE("connections that are not used do not grow", "[outbound][governor]") {
    governor subject(limits);
    for (int i = 0; i < 1000; ++i) {
        subject.started(start);
        subject.succeeded(start);
    }
    CHECK(subject.concurrency(start) == 2);
}

TEST_CASE("C024 connections are cut when the destination asks for less", "[outbound][governor]") {
    governor subject(limits);
    succeed(subject, 200);
    refuse_all(subject);
    CHECK(subject.concurrency(start) == 14);
    for (int i = 1; i < 30; ++i)
        refuse_all(subject, start + i * 2min);
    CHECK(subject.concurrency(start + 1h) == 1);
}

TEST_CASE("a number that was refused is tried again seldom", "[outbound][governor]") {
    governor subject(limits);
    succeed(subject, 4);
    const auto refused = subject.concurrency(start);
    refuse_all(subject);
    succeed(subject, 40);
    CHECK(subject.concurrency(start) == refused - 1);
    succeed(subject, 40);
    CHECK(subject.concurrency(start) >= refused);
}

TEST_CASE("refusals that outlast a rest teach a pace", "[outbound][governor]") {
    governor subject({.concurrency_max = 1, .pause_min = 60s, .pause_max = 600s});
    auto now = start;
    for (; now < start + 30s; now += 1s) {
        subject.started(now);
        subject.succeeded(now);
    }
    refuse_all(subject, now);
    CHECK(subject.why(now) == governor::hold::backoff);
    CHECK(subject.not_before(now) == now + 5s);
    now += 5s;
    refuse_all(subject, now);
    CHECK(subject.not_before(now) == now + 10s);
    now += 10s;
    // About 24 messages went well in the minute before.
    subject.started(now);
    CHECK(subject.not_before(now) > now + 2s);
    CHECK(subject.not_before(now) < now + 4s);
}

TEST_CASE("a refusal that a rest has ended teaches no pace", "[outbound][governor]") {
    governor subject({.concurrency_max = 1, .pause_min = 60s, .pause_max = 600s});
    succeed(subject, 10);
    refuse_all(subject, start);
    succeed(subject, 1, start + 5s);
    CHECK(subject.not_before(start + 5s) == start + 5s);
}

TEST_CASE("an outage teaches no pace", "[outbound][governor]") {
    governor subject({.concurrency_max = 1, .pause_min = 60s, .pause_max = 600s});
    succeed(subject, 10);
    auto now = start;
    for (int i = 0; i < 10; ++i) {
        refuse_all(subject, now);
        now = subject.not_before(now);
    }
    succeed(subject, 1, now);
    CHECK(subject.not_before(now + 1ms) == now + 1ms);
}

TEST_CASE("what was refused once is outgrown when it is borne", "[outbound][governor]") {
    governor subject(limits);
    succeed(subject, 4);
    refuse_all(subject);
    succeed(subject, 2000);
    CHECK(subject.concurrency(start) == 20);
}

TEST_CASE("a configured rate is kept exactly", "[outbound][governor]") {
    auto with_rate = limits;
    with_rate.rate = kurir::config::rate{.count = 2, .per = 1s};
    governor subject(with_rate);
    int started = 0;
    for (auto now = start; now < start + 60s; now = subject.not_before(now)) {
        subject.started(now);
        subject.succeeded(now);
        ++started;
    }
    CHECK(started == 120);
    CHECK(subject.why(start + 60s - 1ms) == governor::hold::rate);
}

TEST_CASE("a small configured limit is never exceeded", "[outbound][governor]") {
    governor subject({.concurrency_max = 2, .pause_min = 1s, .pause_max = 2s});
    CHECK(subject.concurrency(start) == 2);
    succeed(subject, 100);
    CHECK(subject.concurrency(start) == 2);
}

TEST_CASE("C060 an unreachable destination gets one probe per pause", "[outbound][governor]") {
    governor subject(limits);
    fail(subject, start);
    CHECK(subject.concurrency(start) == 0);
    CHECK(subject.concurrency(start + 59s) == 0);
    CHECK(subject.concurrency(start + 60s) == 1);
}

TEST_CASE("connections that fail together count as one failure", "[outbound][governor]") {
    governor subject(limits);
    for (int i = 0; i < 3; ++i)
        fail(subject, start + i * 1s);
    CHECK(subject.suspended_until() == start + 60s);
}

TEST_CASE(
    "pauses double up to their limit and end with the first success", "[outbound][governor]"
) {
    governor subject(limits);
    auto now = start;
    for (const auto pause : {60s, 120s, 240s, 480s, 600s, 600s}) {
        fail(subject, now);
        CHECK(subject.suspended_until() - now == pause);
        now = subject.suspended_until();
    }
    subject.started(now);
    subject.succeeded(now);

    CHECK_FALSE(subject.suspended(now));
    fail(subject, now);
    CHECK(subject.suspended_until() - now == 60s);
}
