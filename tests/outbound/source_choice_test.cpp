// Which source address a destination has, and which hosts can be reached from it.
#include "relay/outbound/source_choice.hpp"

#include <map>
#include <string>
#include <vector>

#include "relay/outbound/router.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/route_rules.hpp"

using namespace kurir;
using namespace kurir::outbound;
using boost::asio::ip::make_address;

namespace {

config::source_addresses sources(const char* text) {
    config::source_addresses made;
    REQUIRE_FALSE(config::read_source_addresses(text, made));
    return made;
}

constexpr int sites = 10'000;

// How many of many sites each address has.
std::map<std::string, int> shares(const config::source_addresses& all) {
    std::map<std::string, int> count;
    for (int i = 0; i < sites; ++i) {
        const auto site = "mx" + std::to_string(i) + ".example";
        ++count[source_for(all, site, false)->address.to_string()];
    }
    return count;
}

}  // namespace

TEST_CASE("a site has the same source always, whatever the order of the list", "[source]") {
    const auto forward = sources("192.0.2.1,192.0.2.2*2,192.0.2.3");
    const auto back = sources("192.0.2.3,192.0.2.2*2,192.0.2.1");
    for (int i = 0; i < 100; ++i) {
        const auto site = "mx" + std::to_string(i) + ".example";
        CHECK(source_for(forward, site, false)->address == source_for(back, site, false)->address);
    }
    // Also in other versions and on other machines: these were computed once.
    CHECK(source_for(forward, "mx1.example", false)->address == make_address("192.0.2.2"));
    CHECK(source_for(forward, "mx2.example", false)->address == make_address("192.0.2.2"));
    CHECK(source_for(forward, "mx3.example", false)->address == make_address("192.0.2.3"));
}

TEST_CASE("weights say how many sites a source gets", "[source]") {
    auto count = shares(sources("192.0.2.1*3,192.0.2.2,2001:db8::1*1000"));
    CHECK(count.size() == 2);
    CHECK(count["192.0.2.1"] > sites * 70 / 100);
    CHECK(count["192.0.2.1"] < sites * 80 / 100);
}

TEST_CASE("a source that is added takes sites and moves no other", "[source]") {
    const auto before = sources("192.0.2.1,192.0.2.2,192.0.2.3");
    const auto after = sources("192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4");
    int moved = 0;
    for (int i = 0; i < sites; ++i) {
        const auto site = "mx" + std::to_string(i) + ".example";
        const auto old = source_for(before, site, false)->address;
        const auto owner = source_for(after, site, false)->address;
        if (old == owner) continue;
        ++moved;
        REQUIRE(owner == make_address("192.0.2.4"));
    }
    CHECK(moved > sites * 20 / 100);
    CHECK(moved < sites * 30 / 100);
}

TEST_CASE("a destination has one source of each family that is given", "[source]") {
    route both{.key = {.site = "mx.example"}, .targets = {}};
    choose_sources(sources("192.0.2.1=v4.relay.test,2001:db8::1"), both);
    CHECK(both.key.source.text() == "192.0.2.1+2001:db8::1");
    CHECK(both.name_v4 == "v4.relay.test");
    CHECK(both.name_v6.empty());
    CHECK(both.key.name() == "mx.example (source=192.0.2.1+2001:db8::1)");

    route none{.key = {.site = "mx.example"}, .targets = {}};
    choose_sources({}, none);
    CHECK_FALSE(none.key.source.given());
    CHECK(none.key == destination_key{.site = "mx.example"});
}

TEST_CASE("a source reaches hosts of its own family only", "[source]") {
    const auto v4 = make_address("203.0.113.1");
    const auto v6 = make_address("2001:db8:1::1");
    // Those that share a preference with one that is left out share it among themselves.
    const std::vector<target> all{
        {.name = "a", .addresses = {v4, v6}},
        {.name = "b", .addresses = {v6}},
        {.name = "c", .addresses = {v4, v6}, .shares = true},
        {.name = "d", .addresses = {v6}},
        {.name = "e", .addresses = {v4}, .shares = true},
    };
    const auto left = [&](const local_addresses& source) {
        auto targets = all;
        keep_reachable(source, targets);
        std::string text;
        for (const auto& each : targets)
            text += (each.shares ? "|" : ",") + each.name + std::to_string(each.addresses.size());
        return text;
    };
    CHECK(left({}) == ",a2,b1|c2,d1|e1");
    CHECK(left(make_address("192.0.2.1")) == ",a1,c1,e1");
    CHECK(left(make_address("2001:db8::1")) == ",a1,b1|c1,d1");
    local_addresses both(make_address("192.0.2.1"));
    both.v6 = make_address("2001:db8::1");
    CHECK(left(both) == ",a2,b1|c2,d1|e1");
}

TEST_CASE("a route's own sources win, then its relayhost's, then those of all mail", "[source]") {
    config::config settings;
    settings.sources = sources("192.0.2.1=all.relay.test,192.0.2.4=four.relay.test");
    settings.relayhosts["ses"] = {{.host = "ses.example"}};
    settings.relayhosts["hub"] = {{.host = "hub.example"}};
    settings.relayhost_sources["ses"] = sources("192.0.2.3");
    settings.relayhost_sources[""] = sources("192.0.2.2");
    REQUIRE_FALSE(config::route_rules::read(
        "to=a.example -> mx?source=192.0.2.4; to=b.example -> mx; to=c.example -> ses; "
        "to=d.example -> relay.example?source=192.0.2.5",
        settings.routes
    ));
    const auto named = [&](const std::string& name) {
        return config::source_addresses_text(routes_of(settings).find(name).sources);
    };
    const std::string of_all = "192.0.2.1=all.relay.test,192.0.2.4=four.relay.test";
    // A name that is given with an address is its name everywhere.
    CHECK(named("mx?source=192.0.2.4") == "192.0.2.4=four.relay.test");
    CHECK(named("mx") == of_all);
    CHECK(named("ses") == "192.0.2.3");
    CHECK(named("hub") == of_all);
    CHECK(named("relay.example:25?source=192.0.2.5") == "192.0.2.5");
    CHECK(named("") == of_all);
    settings.relayhost = {{.host = "default.example"}};
    CHECK(named("") == "192.0.2.2");
}
