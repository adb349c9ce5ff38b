#include "relay/users/login_limits.hpp"

#include <string>

#include "tests/support/catch.hpp"
#include "tests/users/start.hpp"

using namespace kurir;
using namespace kurir::users;
using namespace std::chrono_literals;
using testing::start;

namespace {

const login_limits::login from_here{.network = "192.0.2.1", .name = "shop"};

void fail(login_limits& limits, const login_limits::login& tried, int times) {
    for (int i = 0; i < times; ++i)
        (void)limits.failed(tried, start);
}

}  // namespace

TEST_CASE("the delay doubles with each failure, up to ten seconds", "[users][limits]") {
    login_limits limits;
    for (const auto expected : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 10000ms, 10000ms})
        CHECK(limits.failed(from_here, start) == expected);
}

TEST_CASE("failures are forgotten, one each minute", "[users][limits]") {
    login_limits limits;
    fail(limits, from_here, 4);
    CHECK(limits.failed(from_here, start + 3min) == 1s);
    CHECK(limits.failed(from_here, start + 1h) == 500ms);
}

TEST_CASE(
    "a network is shut out after twenty failures, whatever names it tries", "[users][limits]"
) {
    login_limits limits;
    for (int i = 0; i < 19; ++i)
        (void)limits.failed({"192.0.2.1", "name" + std::to_string(i)}, start);
    CHECK_FALSE(limits.shut({"192.0.2.1", "another"}, start));
    (void)limits.failed({"192.0.2.1", "name"}, start);
    CHECK(limits.shut({"192.0.2.1", "another"}, start));
    CHECK(limits.shut({"192.0.2.1", "another"}, start + 59s));
    CHECK_FALSE(limits.shut({"192.0.2.2", "another"}, start));
    // Then one try each minute.
    CHECK_FALSE(limits.shut({"192.0.2.1", "another"}, start + 61s));
    (void)limits.failed({"192.0.2.1", "another"}, start + 61s);
    CHECK(limits.shut({"192.0.2.1", "another"}, start + 62s));
}

TEST_CASE("a name is shut after twenty failures, wherever they come from", "[users][limits]") {
    login_limits limits;
    for (int i = 0; i < 20; ++i)
        (void)limits.failed({"2001:db8:" + std::to_string(i) + "::/64", "shop"}, start);
    CHECK(limits.shut(from_here, start));
    CHECK_FALSE(limits.shut({from_here.network, "billing"}, start));
}

TEST_CASE("who got through is neither delayed nor shut out by others", "[users][limits]") {
    login_limits limits;
    limits.succeeded(from_here, start);
    SECTION("another application behind the same address") {
        fail(limits, {from_here.network, "old"}, 40);
        CHECK(limits.shut({from_here.network, "old"}, start));
    }
    SECTION("somebody who tries this name from elsewhere") {
        fail(limits, {"198.51.100.1", from_here.name}, 40);
        CHECK(limits.shut({"198.51.100.2", from_here.name}, start));
    }
    CHECK_FALSE(limits.shut(from_here, start));
    CHECK(limits.failed(from_here, start) == 500ms);
    // For a day.
    fail(limits, {from_here.network, "old"}, 3000);
    CHECK_FALSE(limits.shut(from_here, start + 24h - 1s));
    CHECK(limits.shut(from_here, start + 24h));
}

TEST_CASE("who got through and fails is counted alone, and a success ends it", "[users][limits]") {
    login_limits limits;
    limits.succeeded(from_here, start);
    fail(limits, from_here, 20);
    CHECK(limits.shut(from_here, start));
    CHECK_FALSE(limits.shut({from_here.network, "another"}, start));
    limits.succeeded(from_here, start + 2min);
    CHECK(limits.failed(from_here, start + 2min) == 500ms);
}

TEST_CASE("memory is bounded, whoever fails", "[users][limits]") {
    login_limits limits;
    for (std::size_t i = 0; i < 25'000; ++i) {
        const auto key = std::to_string(i);
        (void)limits.failed({key, key}, start);
        limits.succeeded({"w" + key, key}, start);
    }
    CHECK(limits.size() == 3 * kurir::base::recent_map<fading_count>::keys_max);
    // The last are known, the first are not.
    CHECK(limits.failed({"24999", "new"}, start) == 1s);
    CHECK(limits.failed({"0", "new too"}, start) == 500ms);
}

TEST_CASE("failures without a name count for their network only", "[users]") {
    login_limits limits;
    const net::clock::time_point now(std::chrono::hours(1));
    for (int i = 0; i < 50; ++i)
        limits.failed({.network = "192.0.2.1", .name = ""}, now);
    CHECK(limits.shut({.network = "192.0.2.1", .name = ""}, now));
    CHECK_FALSE(limits.shut({.network = "192.0.2.2", .name = ""}, now));
}
