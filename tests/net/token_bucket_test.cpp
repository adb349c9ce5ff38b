#include "relay/net/token_bucket.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kurir::net::clock;
using kurir::net::token_bucket;

namespace {

constexpr clock::time_point start{1h};

// How many are taken by someone who asks each `step` from `now` until before `until`.
int taken(
    token_bucket& bucket, clock::time_point now, clock::time_point until, clock::duration step
) {
    int count = 0;
    for (; now < until; now += step)
        while (!bucket.take(now))
            ++count;
    return count;
}

}  // namespace

TEST_CASE("a bucket is full at first, then gives as its rate says", "[net][token_bucket]") {
    token_bucket bucket(10, 1s, 3);

    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(bucket.take(start));

    CHECK(bucket.take(start) == start + 100ms);
    CHECK(bucket.take(start + 99ms) == start + 100ms);
    CHECK_FALSE(bucket.take(start + 100ms));
    CHECK(bucket.take(start + 100ms) == start + 200ms);
}

TEST_CASE("a token that is due tells so without being taken", "[net][token_bucket]") {
    token_bucket bucket(1, 1s, 1);
    CHECK(bucket.next() <= start);
    CHECK_FALSE(bucket.take(start));
    CHECK(bucket.next() == start + 1s);
}

TEST_CASE("with a burst of one no window ever sees more than the count", "[net][token_bucket]") {
    const auto count = GENERATE(1, 7, 10, 60, 1000);
    token_bucket bucket(static_cast<std::uint64_t>(count), 1min, 1);
    std::vector<clock::time_point> times;
    for (auto now = start; times.size() < 5 * static_cast<std::size_t>(count);) {
        const auto wait = bucket.take(now);
        if (wait) {
            now = *wait;
        } else {
            times.push_back(now);
        }
    }
    const auto window = static_cast<std::size_t>(count);
    for (std::size_t i = window; i < times.size(); ++i)
        REQUIRE(times[i] - times[i - window] >= 1min);
}

TEST_CASE("intervals of fractions of a second keep the rate over a day", "[net][token_bucket]") {
    token_bucket bucket(7, 1s, 1);
    CHECK(taken(bucket, start, start + 24h, 1ms * 10) == Approx(7 * 86'400).epsilon(0.1));

    token_bucket coarse(7, 1s, token_bucket::even_burst(7, 1s) + 1);
    CHECK(taken(coarse, start, start + 24h, 10ms) == Approx(7 * 86'400).epsilon(0.0001));
}

TEST_CASE("what was not taken is kept up to the burst, no further", "[net][token_bucket]") {
    token_bucket bucket(1, 1s, 5);
    CHECK(taken(bucket, start, start + 1ns, 1ns) == 5);
    CHECK(taken(bucket, start + 3s, start + 3s + 1ns, 1ns) == 3);
    CHECK(taken(bucket, start + 1h, start + 1h + 1ns, 1ns) == 5);
}

TEST_CASE("what is spent beyond the tokens is waited for", "[net][token_bucket]") {
    token_bucket bucket(1, 1s, 1);
    for (int i = 0; i < 4; ++i)
        bucket.spend(start);
    CHECK(bucket.take(start) == start + 4s);
}

TEST_CASE("the burst for sending is a tenth of a second's worth", "[net][token_bucket]") {
    CHECK(token_bucket::even_burst(1, 24h) == 1);
    CHECK(token_bucket::even_burst(10, 1s) == 1);
    CHECK(token_bucket::even_burst(200, 1min) == 1);
    CHECK(token_bucket::even_burst(1000, 1s) == 100);
    CHECK(token_bucket::even_burst(1'000'000, 1s) == 100'000);
}

TEST_CASE("a bucket that changes its rate forgives nothing", "[net][token_bucket]") {
    token_bucket bucket(1, 1min, 1);
    CHECK_FALSE(bucket.take(start));
    // Half of the wait is over.
    bucket.change(1, 3min, 1, start + 30s);
    CHECK(bucket.next() == start + 30s + 90s);
    bucket.change(60, 1min, 6, start + 30s);
    CHECK(bucket.next() <= start + 30s);  // one of six is missing
    CHECK(taken(bucket, start + 30s, start + 30s + 1ns, 1ns) == 5);
    // Nobody waits longer than for one token.
    bucket.change(1, 1min, 1, start + 30s);
    CHECK(bucket.next() == start + 90s);
}

TEST_CASE("a full bucket that changes its rate is full", "[net][token_bucket]") {
    token_bucket bucket(1, 1min, 1);
    bucket.change(20, 1s, 2, start);
    CHECK(taken(bucket, start, start + 1ns, 1ns) == 2);
}
