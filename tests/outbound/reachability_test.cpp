// The order in which addresses are tried: families, what worked, and what can't be reached.
#include "relay/outbound/reachability.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir::outbound;
using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using news = reachability::news;
using host_group = std::vector<std::vector<host_address>>;

namespace {

const reachability::time_point first_look{std::chrono::hours(1)};
const auto four = std::vector{make_address("192.0.2.1")};
const auto both = std::vector{make_address("192.0.2.1"), make_address("2001:db8::1")};

std::vector<host_address> host(const std::string& name, const std::vector<std::string>& addresses) {
    std::vector<host_address> all;
    for (const auto& each : addresses)
        all.push_back({name, {make_address(each), 25}});
    return all;
}

std::string text(const std::vector<host_address>& order) {
    std::string all;
    for (const auto& each : order)
        all += (all.empty() ? "" : " ") + each.endpoint.address().to_string();
    return all;
}

const host_group two_hosts{
    host("a", {"2001:db8::a1", "2001:db8::a2", "203.0.113.1", "203.0.113.2"}),
    host("b", {"203.0.113.3", "2001:db8::b1"}),
};
constexpr const char* usual_order =
    "2001:db8::a1 203.0.113.1 2001:db8::a2 203.0.113.2 203.0.113.3 2001:db8::b1";

}  // namespace

TEST_CASE("a host's addresses alternate between the families", "[reach]") {
    const reachability known;
    CHECK(
        text(known.in_order(two_hosts, "", reachability::start::where_it_worked, first_look)) ==
        usual_order
    );
    CHECK(known.in_order({}, "", reachability::start::where_it_worked, first_look).empty());
}

TEST_CASE("the address that answered is the first of its host, for a while", "[reach]") {
    reachability known;
    known.answered(two_hosts[0][3], "", first_look);
    const auto order =
        [&](const char* source, reachability::start preference, reachability::time_point at) {
            return text(known.in_order(two_hosts, source, preference, at));
        };
    constexpr const char* changed =
        "203.0.113.2 2001:db8::a1 203.0.113.1 2001:db8::a2 203.0.113.3 2001:db8::b1";
    CHECK(order("", reachability::start::where_it_worked, first_look) == changed);
    CHECK(
        order("", reachability::start::where_it_worked, first_look + reachability::memory - 1ms) ==
        changed
    );
    CHECK(
        order("", reachability::start::where_it_worked, first_look + reachability::memory) ==
        usual_order
    );
    // An attempt that begins elsewhere on purpose does so, and another source learns by itself.
    CHECK(order("", reachability::start::as_given, first_look) == usual_order);
    CHECK(order("192.0.2.7", reachability::start::where_it_worked, first_look) == usual_order);
    // An address that the host has no more is of no use.
    known.answered(host("b", {"203.0.113.99"}).front(), "", first_look);
    CHECK(order("", reachability::start::where_it_worked, first_look) == changed);
}

TEST_CASE("what is remembered is bounded: the host of longest ago goes", "[reach]") {
    reachability known(2);
    known.answered(two_hosts[0][3], "", first_look);
    known.answered(two_hosts[1][1], "", first_look);
    known.answered(two_hosts[0][3], "", first_look);
    known.answered(host("c", {"203.0.113.9"}).front(), "", first_look);
    CHECK(known.size() == 2);
    CHECK_THAT(
        text(known.in_order(two_hosts, "", reachability::start::where_it_worked, first_look)),
        Catch::Matchers::StartsWith("203.0.113.2 ") && Catch::Matchers::EndsWith("2001:db8::b1")
    );
}

TEST_CASE("a family without an address on the Internet comes last", "[reach]") {
    reachability known;
    const auto own = GENERATE(
        as<std::vector<std::string>>(),
        std::vector<std::string>{"127.0.0.1", "::1", "192.168.1.2"},
        std::vector<std::string>{"192.0.2.1", "fe80::1", "fd00::1"}
    );
    std::vector<boost::asio::ip::address> addresses;
    for (const auto& each : own)
        addresses.push_back(make_address(each));
    const auto [v4, v6] = known.look_at(addresses);
    CHECK((v4 == news::none && v6 == news::off));
    CHECK(
        text(known.in_order(two_hosts, "", reachability::start::where_it_worked, first_look)) ==
        "203.0.113.1 203.0.113.2 203.0.113.3 2001:db8::a1 2001:db8::a2 2001:db8::b1"
    );
    // This machine itself is reached always.
    const host_group near{host("near", {"::1", "127.0.0.1"})};
    CHECK(
        text(known.in_order(near, "", reachability::start::where_it_worked, first_look)) ==
        "::1 127.0.0.1"
    );
    // Told once, and again when it is back.
    CHECK(known.look_at(addresses)[1] == news::none);
    CHECK(known.unreachable(true, first_look) == news::none);
    reachability fresh;
    fresh.look_at(four);
    CHECK(fresh.look_at(both)[1] == news::on);
    CHECK_FALSE(fresh.is_off(true, first_look));
}

TEST_CASE("a machine without IPv4 tries IPv6 first likewise", "[reach]") {
    reachability known;
    const std::vector own{make_address("127.0.0.1"), make_address("2001:db8::1")};
    CHECK(known.look_at(own)[0] == news::off);
    CHECK(
        text(known.in_order(
            {host("b", {"203.0.113.3", "2001:db8::b1"})},
            "",
            reachability::start::as_given,
            first_look
        )) == "2001:db8::b1 203.0.113.3"
    );
}

TEST_CASE("a family without a route is off for a while, and told once", "[reach]") {
    reachability known;
    known.look_at(both);
    CHECK(known.unreachable(true, first_look) == news::off);
    CHECK(known.unreachable(true, first_look + 1min) == news::none);
    CHECK(known.is_off(true, first_look + 1min));
    CHECK_FALSE(known.is_off(false, first_look));
    // Tried in its place again; that there is no route still is no news.
    const auto later = first_look + 1min + reachability::family_pause;
    CHECK_FALSE(known.is_off(true, later));
    CHECK(known.unreachable(true, later) == news::none);
    CHECK(known.is_off(true, later));
    CHECK(known.reached(true) == news::on);
    CHECK_FALSE(known.is_off(true, later));
    CHECK(known.reached(true) == news::none);
    CHECK(known.unreachable(true, later) == news::off);
}

TEST_CASE("addresses that come back do not hide that there is no route", "[reach]") {
    reachability known;
    known.look_at(both);
    known.unreachable(true, first_look);
    CHECK(known.look_at(four)[1] == news::none);
    CHECK(known.look_at(both)[1] == news::none);
    CHECK(known.is_off(true, first_look));
}
