#include "relay/inbound/gateway_watch.hpp"

#include "tests/inbound/start.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using inbound::default_gateways;
using inbound::gateway_watch;
using tests::start;

namespace {

const auto gateway = make_address("172.18.0.1");

// How often it warned of so many sessions of `client`.
int warnings(gateway_watch& watch, const boost::asio::ip::address& client, int sessions) {
    int count = 0;
    for (int i = 0; i < sessions; ++i)
        count += watch.must_warn(client, start) ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("The default gateways are read from the kernel's tables", "[inbound]") {
    const char* route =
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "eth0\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
        "junk\n";
    const char* ipv6_route =
        "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 "
        "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n"
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
        "fd000000000000000000000000000001 00000400 00000003 00000000 00000003     eth0";
    const auto found = default_gateways(route, ipv6_route);
    REQUIRE(found.size() == 2);
    CHECK(found[0] == gateway);
    CHECK(found[1] == make_address("fd00::1"));
    CHECK(default_gateways("", "").empty());
}

TEST_CASE("Decision 21: a warning when all sessions come from the gateway", "[inbound]") {
    gateway_watch watch({gateway});
    CHECK(warnings(watch, gateway, 19) == 0);
    CHECK(warnings(watch, gateway, 1) == 1);
    CHECK(warnings(watch, gateway, 1000) == 0);
    CHECK(watch.must_warn(gateway, start + 24h));
    CHECK(!watch.must_warn(gateway, start + 25h));
}

TEST_CASE("No warning once another client was seen; this machine is none", "[inbound]") {
    gateway_watch watch({gateway});
    CHECK(warnings(watch, make_address("127.0.0.1"), 100) == 0);
    CHECK(warnings(watch, gateway, 19) == 0);
    CHECK(watch.watching());
    CHECK(!watch.must_warn(make_address("172.18.0.7"), start));
    CHECK(!watch.watching());
    CHECK(warnings(watch, gateway, 100) == 0);
    CHECK(!gateway_watch({}).watching());
}

TEST_CASE("While all clients come from the gateway, it is told to whoever asks", "[inbound]") {
    gateway_watch watch({gateway});
    warnings(watch, gateway, 19);
    CHECK_FALSE(watch.only_client());
    warnings(watch, gateway, 1);
    CHECK(watch.only_client() == gateway);
    warnings(watch, gateway, 100);
    CHECK(watch.only_client() == gateway);
    warnings(watch, make_address("172.18.0.7"), 1);
    CHECK_FALSE(watch.only_client());
}
