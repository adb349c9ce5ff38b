// When tokens are asked for, in the time of the test.
#include "relay/oauth/token_schedule.hpp"

#include "tests/oauth/start.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::oauth;
using namespace std::chrono_literals;
using kurir::oauth::testing::start;
using kurir::sasl::secret;

namespace {

token_grant lasting(std::chrono::seconds life, std::string token = "t") {
    return {.access_token = secret(std::move(token)), .life = life};
}

const token_failure down{.text = "no connection"};
const token_failure no{.refused = true, .text = "it says invalid_client"};

}  // namespace

TEST_CASE("a token is asked for at first, and renewed before its end", "[oauth]") {
    token_schedule schedule;
    CHECK(schedule.usable(start) == nullptr);
    CHECK(schedule.wants_request(start));
    schedule.granted(lasting(3600s), start);
    REQUIRE(schedule.usable(start));
    CHECK(schedule.usable(start)->text() == "t");
    CHECK_FALSE(schedule.wants_request(start + 3299s));
    CHECK(schedule.wants_request(start + 3300s));
    CHECK(schedule.usable(start + 3569s));
    CHECK_FALSE(schedule.usable(start + 3570s));
}

TEST_CASE("the shortest life is long enough to be used, and asks for no storm", "[oauth]") {
    token_schedule schedule;
    schedule.granted(lasting(life_min), start);
    CHECK(schedule.usable(start));
    CHECK_FALSE(schedule.wants_request(start + 29s));
    CHECK(schedule.wants_request(start + 30s));
}

TEST_CASE("after a failure the server is left alone, longer each time", "[oauth]") {
    const bool refused = GENERATE(false, true);
    const auto failure = refused ? no : down;
    const auto least = refused ? token_schedule::refused_pause_min : token_schedule::pause_min;
    const auto most = refused ? token_schedule::refused_pause_max : token_schedule::pause_max;
    token_schedule schedule;
    auto now = start;
    auto pause = least;
    for (int i = 0; i < 12; ++i) {
        schedule.failed(failure, now);
        CHECK(schedule.trouble() == failure.text);
        CHECK_FALSE(schedule.wants_request(now + pause - 1s));
        CHECK(schedule.wants_request(now + pause));
        now += pause;
        pause = std::min(pause * 2, most);
    }
    CHECK(pause == most);
    schedule.granted(lasting(3600s), now);
    CHECK(schedule.trouble().empty());
    schedule.failed(failure, now);
    CHECK(schedule.wants_request(now + 3300s));
}

TEST_CASE("a server that asks for more time gets it", "[oauth]") {
    token_schedule schedule;
    auto failure = down;
    failure.retry_after = 600s;
    schedule.failed(failure, start);
    CHECK_FALSE(schedule.wants_request(start + 599s));
    CHECK(schedule.wants_request(start + 600s));
}

TEST_CASE("a failure to renew leaves the token in use", "[oauth]") {
    token_schedule schedule;
    schedule.granted(lasting(3600s), start);
    schedule.failed(down, start + 3300s);
    CHECK(schedule.usable(start + 3301s));
    CHECK_FALSE(schedule.wants_request(start + 3301s));
    CHECK(schedule.wants_request(start + 3305s));
}

TEST_CASE("a token that the relayhost refuses is replaced once", "[oauth]") {
    token_schedule schedule;
    schedule.granted(lasting(3600s, "one"), start);
    CHECK(schedule.refused("one", start));
    CHECK_FALSE(schedule.usable(start));
    CHECK(schedule.wants_request(start));
    schedule.granted(lasting(3600s, "two"), start);
    // Others that still had the first one.
    CHECK(schedule.refused("one", start));
    CHECK(schedule.usable(start)->text() == "two");
    CHECK_FALSE(schedule.refused("two", start));
    CHECK(schedule.usable(start)->text() == "two");
    CHECK_FALSE(schedule.wants_request(start + 1h - 5min - 1s));

    SECTION("and once more after one was accepted") {
        schedule.accepted("two");
        CHECK(schedule.refused("two", start));
    }
    SECTION("but an old one that is accepted proves nothing") {
        schedule.accepted("one");
        CHECK_FALSE(schedule.refused("two", start));
    }
}
