#include "relay/outbound/governor.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kurir::net::clock;
using kurir::outbound::governor;

namespace {

constexpr clock::time_point start{1h};
constexpr governor::limits limits{.concurrency_max = 20, .pause_min = 60s, .pause_max = 600s};

void succeed(governor& subject, int times) {
    for (int i = 0; i < times; ++i)
        subject.succeeded(start);
}

}  // namespace

TEST_CASE("concurrency grows with success up to its limit", "[outbound][governor]") {
    governor subject(limits);
    CHECK(subject.concurrency(start) == 5);

    succeed(subject, 5);
    CHECK(subject.concurrency(start) == 6);

    succeed(subject, 10'000);
    CHECK(subject.concurrency(start) == 20);
}

TEST_CASE("C024 concurrency is halved when the destination asks for less", "[outbound][governor]") {
    governor subject(limits);
    succeed(subject, 10'000);

    subject.throttled(start);
    CHECK(subject.concurrency(start) == 10);

    for (int i = 0; i < 10; ++i)
        subject.throttled(start);
    CHECK(subject.concurrency(start) == 1);
}

TEST_CASE("a small configured limit is never exceeded", "[outbound][governor]") {
    governor subject({.concurrency_max = 2, .pause_min = 1s, .pause_max = 2s});
    CHECK(subject.concurrency(start) == 2);
    succeed(subject, 100);
    CHECK(subject.concurrency(start) == 2);
}

TEST_CASE("C060 an unreachable destination gets one probe per pause", "[outbound][governor]") {
    governor subject(limits);

    subject.unreachable(start);

    CHECK(subject.concurrency(start) == 0);
    CHECK(subject.concurrency(start + 59s) == 0);
    CHECK(subject.concurrency(start + 60s) == 1);
}

TEST_CASE("connections that fail together count as one failure", "[outbound][governor]") {
    governor subject(limits);
    subject.unreachable(start);
    subject.unreachable(start + 1s);
    subject.unreachable(start + 2s);
    CHECK(subject.suspended_until() == start + 60s);
}

TEST_CASE(
    "pauses double up to their limit and end with the first success", "[outbound][governor]"
) {
    governor subject(limits);
    auto now = start;
    for (const auto pause : {60s, 120s, 240s, 480s, 600s, 600s}) {
        subject.unreachable(now);
        CHECK(subject.suspended_until() - now == pause);
        now = subject.suspended_until();
    }

    subject.succeeded(start);

    CHECK_FALSE(subject.suspended(now));
    subject.unreachable(now);
    CHECK(subject.suspended_until() - now == 60s);
}
