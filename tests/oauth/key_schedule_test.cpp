// When the keys of an issuer are fetched, in the time of the test.
#include "relay/oauth/key_schedule.hpp"

#include <vector>

#include "tests/oauth/start.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::oauth;
using namespace std::chrono_literals;
using kurir::oauth::testing::start;

TEST_CASE("keys are fetched at once, then each hour", "[oauth][keys]") {
    key_schedule schedule;
    CHECK(schedule.next() <= start);
    CHECK(schedule.allows(start));
    schedule.succeeded(start);
    CHECK(schedule.next() == start + 1h);
}

TEST_CASE("whoever names unknown keys causes a fetch a minute", "[oauth][keys]") {
    key_schedule schedule;
    schedule.succeeded(start);
    CHECK_FALSE(schedule.allows(start));
    CHECK_FALSE(schedule.allows(start + 59s));
    CHECK(schedule.allows(start + 60s));
}

TEST_CASE("a server that fails is tried again in seconds, then in minutes", "[oauth][keys]") {
    key_schedule schedule;
    std::vector<std::chrono::seconds> pauses;
    auto now = start;
    for (int i = 0; i < 9; ++i) {
        schedule.failed(now);
        const auto pause = schedule.next() - now;
        pauses.push_back(std::chrono::duration_cast<std::chrono::seconds>(pause));
        CHECK_FALSE(schedule.allows(now + std::min<std::chrono::seconds>(pauses.back(), 60s) - 1s));
        CHECK(schedule.allows(now + 60s));
        now = schedule.next();
    }
    CHECK(pauses == std::vector{5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s, 300s});
    schedule.succeeded(now);
    schedule.failed(now + 1h);
    CHECK(schedule.next() == now + 1h + 5s);
}
