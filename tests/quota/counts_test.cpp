// Counts over sliding periods, and what is usual, in virtual time.
#include <chrono>
#include <cstdint>
#include <string>

#include "relay/quota/distinct_count.hpp"
#include "relay/quota/sliding_count.hpp"
#include "relay/quota/usual_rate.hpp"
#include "tests/quota/start.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::quota;
using namespace std::chrono_literals;
using testing::start;

TEST_CASE("an event counts for the period, and a sixtieth longer at most", "[quota]") {
    for (const period length : {period(1s), period(1min), period(1h), period(24h)}) {
        CAPTURE(length.count());
        sliding_count count(length);
        const auto slot = length / 60;
        const auto first = start + slot / 3;
        count.add(first);
        count.add(first + length / 2, 2);
        CHECK(count.count(first + length - slot) == 3);
        CHECK(count.count(first + length) == 3);
        CHECK(count.count(first + length + 3 * slot) == 2);
        CHECK(count.count(first + 3 * length) == 0);
        CHECK(count.slots().empty());
    }
}

TEST_CASE("the hint is the time at which a count is under its limit", "[quota]") {
    sliding_count count(1h);
    for (int minute = 0; minute < 50; ++minute)
        count.add(start + minute * 1min);
    const auto now = start + 50min;
    CHECK(count.under(51, now) == now);
    const auto next = count.under(50, now);
    CHECK(next > start + 1h);
    CHECK(count.count(next - 1ms) == 50);
    CHECK(count.count(next) == 49);
    CHECK(count.under(20, next) == start + 30min + 61min);
}

TEST_CASE("what is taken back does not count", "[quota]") {
    sliding_count count(1min);
    count.add(start, 3);
    count.remove(start);
    CHECK(count.count(start + 10s) == 2);
    count.remove(start, 5);
    CHECK(count.count(start + 10s) == 0);
    count.remove(start + 2h);
    CHECK(count.count(start) == 0);
}

TEST_CASE("a clock that jumps neither frees a client nor stops it for ever", "[quota]") {
    sliding_count count(1h);
    count.add(start, 5);
    CHECK(count.count(start - 10min) == 5);
    count.add(start - 10min);
    CHECK(count.count(start) == 6);
    count.add(start + 240h);
    CHECK(count.count(start) == 0);
}

TEST_CASE("memory of a count is bounded", "[quota]") {
    sliding_count count(1h);
    for (int second = 0; second < 100'000; ++second)
        count.add(start + second * 1s);
    CHECK(count.slots().size() <= 61);
    CHECK(count.count(start + 100'000s) >= 3600);
    CHECK(count.count(start + 100'000s) <= 3660);
}

TEST_CASE("recipients count once while they are used", "[quota]") {
    distinct_count count(24h);
    CHECK(count.add(hash_of("a@b.example"), start));
    CHECK_FALSE(count.add(hash_of("A@B.example"), start + 1h));
    CHECK(count.add(hash_of("c@b.example"), start + 1h));
    CHECK(count.count(start + 2h) == 2);
    CHECK_FALSE(count.add(hash_of("a@b.example"), start + 20h));
    CHECK(count.count(start + 24h) == 2);
    CHECK(count.count(start + 27h) == 1);
    CHECK(count.has(hash_of("a@b.example"), start + 27h));
    CHECK(count.next_forgotten(start + 27h) > start + 44h);
    CHECK(count.count(count.next_forgotten(start + 27h)) == 0);
}

TEST_CASE("many recipients are told apart, and the same in every process", "[quota]") {
    distinct_count count(24h);
    for (int number = 0; number < 100'000; ++number)
        count.add(hash_of("u" + std::to_string(number) + "@a.example"), start);
    CHECK(count.count(start) == 100'000);
    CHECK(hash_of("u1@a.example") == 0x50938814e48fd371U);
}

TEST_CASE("usual is the busiest hour of a week that is over", "[quota]") {
    usual_rate usual;
    CHECK_FALSE(usual.find(start));
    usual.add(start, 10);
    CHECK_FALSE(usual.find(start + 23h));
    CHECK(usual.find(start + 24h) == 10U);
    usual.add(start + 24h, 500);
    CHECK(usual.find(start + 24h) == 10U);
    CHECK(usual.find(start + 25h) == 10U);
    CHECK(usual.find(start + 26h) == 500U);
    CHECK(usual.find(start + 24h + 167h) == 500U);
    CHECK_FALSE(usual.find(start + 24h + 168h));
}

TEST_CASE("an hour that was stopped does not become usual", "[quota]") {
    usual_rate usual;
    usual.add(start, 10);
    usual.add(start + 48h, 90);
    usual.add(start + 49h, 60);
    usual.cap(start + 49h, *usual.find(start + 49h));
    CHECK(usual.find(start + 60h) == 10U);
    usual.add(start + 49h, 5);
    CHECK(usual.find(start + 60h) == 15U);
}

TEST_CASE("after a week without mail it is learnt again", "[quota]") {
    usual_rate usual;
    usual.add(start, 10);
    CHECK(usual.is_recent(start + 167h));
    CHECK_FALSE(usual.is_recent(start + 168h));
    usual.add(start + 500h, 20);
    CHECK_FALSE(usual.find(start + 510h));
    CHECK(usual.find(start + 524h) == 20U);
}
