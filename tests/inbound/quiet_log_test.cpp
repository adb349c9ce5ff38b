#include "relay/inbound/quiet_log.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kurir::inbound::quiet_log;

TEST_CASE("H16 the empty sessions of one network are summed up", "[inbound]") {
    quiet_log log;
    const kurir::net::clock::time_point start{};

    CHECK(log.tells("a", start));
    for (int i = 0; i < 1000; ++i)
        CHECK_FALSE(log.tells("a", start + 1s));
    CHECK(log.tells("b", start + 2s));
    CHECK(log.due(start + 59s).empty());

    const auto told = log.due(start + 60s);
    REQUIRE(told.size() == 1);
    CHECK(told[0].network == "a");
    CHECK(told[0].sessions == 1000);

    CHECK_FALSE(log.tells("a", start + 61s));  // it goes on: the next minute is summed up, too
    CHECK(log.due(start + 62s).empty());       // b had one only
    CHECK(log.due(start + 121s).size() == 1);
    CHECK(log.due(start + 300s).empty());
    CHECK(log.tells("a", start + 301s));  // after a calm minute it is told by itself again
}

TEST_CASE("H16 what was not told is told at the end", "[inbound]") {
    quiet_log log;
    const kurir::net::clock::time_point start{};
    CHECK(log.tells("a", start));
    CHECK_FALSE(log.tells("a", start));
    CHECK(log.tells("b", start));
    const auto told = log.rest();
    REQUIRE(told.size() == 1);
    CHECK(told[0].sessions == 1);
}

TEST_CASE("H16 a flood of networks is summed up as one", "[inbound]") {
    quiet_log log;
    const kurir::net::clock::time_point start{};
    std::size_t lines = 0;
    for (std::size_t i = 0; i < quiet_log::networks_max * 3; ++i)
        lines += log.tells(std::to_string(i), start) ? 1 : 0;
    CHECK(lines == quiet_log::networks_max + 1);
    const auto told = log.due(start + 61s);
    REQUIRE(told.size() == 1);
    CHECK(told[0].network.empty());
    CHECK(told[0].sessions == quiet_log::networks_max * 2 - 1);
}
