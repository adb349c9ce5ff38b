#include "queue/backoff.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;

namespace {
constexpr double centre = 0.5;  // a draw that leaves the pause as it is
const queue::backoff policy{.first = 5min, .longest = 1h, .lifetime = 24h};
}  // namespace

TEST_CASE("Q001 the pause doubles with every attempt and stops at the longest", "[queue]") {
    struct example {
        std::uint32_t attempts;
        std::chrono::minutes expected;
    };
    const auto [attempts, expected] = GENERATE(
        example{1, 5min},
        example{2, 10min},
        example{3, 20min},
        example{4, 40min},
        example{5, 60min},
        example{100000, 60min}
    );
    CAPTURE(attempts);
    CHECK(policy.next({.attempts = attempts}, centre) == expected);
}

TEST_CASE("Q003 pauses are spread by a fifth either way", "[queue]") {
    CHECK(policy.next({.attempts = 1}, 0.0) == 4min);
    CHECK(*policy.next({.attempts = 1}, 0.9999) > 5min + 59s);
    CHECK(*policy.next({.attempts = 1}, 0.9999) <= 6min);
    CHECK(policy.pause_max() == 72min);
}

TEST_CASE("Q002 a recipient is given up once the message has outlived its lifetime", "[queue]") {
    CHECK(policy.next({.attempts = 30, .age = 24h - 1ms}, centre));
    CHECK_FALSE(policy.next({.attempts = 30, .age = 24h}, centre));
}

TEST_CASE("Q025 after an outage longer than the lifetime one attempt decides", "[queue]") {
    CHECK_FALSE(policy.next({.attempts = 1, .age = 10 * 24h}, centre));
}

TEST_CASE("Q023 a clock that jumps by ten years expires nothing early", "[queue]") {
    constexpr auto ten_years = 24h * 3650;
    CHECK(policy.next({.attempts = 1, .age = ten_years}, centre) == 5min);
    CHECK(policy.next({.attempts = 10, .age = ten_years}, centre));
    CHECK_FALSE(policy.next({.attempts = 20, .age = ten_years}, centre));
    CHECK(policy.next({.attempts = 1, .age = -ten_years}, centre) == 5min);
}

TEST_CASE("Q023 a due time that no pause explains is brought near", "[queue]") {
    const queue::time_point now{std::chrono::milliseconds(1'800'000'000'000)};
    const auto pause_max = policy.pause_max();
    CHECK(queue::plausible_due(now - 24h, now, pause_max, centre) == now - 24h);
    CHECK(queue::plausible_due(now + 1h, now, pause_max, centre) == now + 1h);
    CHECK(queue::plausible_due(now + 24h * 3650, now, pause_max, centre) == now + 36min);
}

TEST_CASE("a greylisted recipient comes back early, once", "[queue]") {
    const queue::backoff patient{.first = 5min, .longest = 2h, .lifetime = 24h};
    CHECK(patient.next({.attempts = 1, .greylisted = true}, centre) == 5min);
    CHECK(patient.next({.attempts = 1, .greylisted = true, .hint = 61s}, centre) == 61s);
    CHECK(patient.next({.attempts = 1, .greylisted = true, .hint = 3h}, centre) == 30min);
    CHECK(patient.next({.attempts = 2, .greylisted = true, .hint = 61s}, centre) == 10min);
}
