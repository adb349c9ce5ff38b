// Source addresses: their form, the settings that name them, and what is wrong with them.
#include <string>
#include <utility>
#include <vector>

#include "relay/config/reload.hpp"
#include "relay/config/report.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using boost::asio::ip::make_address;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

// A machine with these addresses.
host machine_with(std::vector<std::string> addresses) {
    auto machine = sample_host();
    machine.has_address = [addresses](const auto& address) {
        return std::ranges::find(addresses, address.to_string()) != addresses.end();
    };
    return machine;
}

problems problems_on(const host& machine, const environment& variables) {
    auto outcome = parse(variables, machine);
    auto* found = std::get_if<problems>(&outcome);
    return found == nullptr ? problems() : *found;
}

}  // namespace

TEST_CASE("an address may have a name and a weight", "[config][source]") {
    const auto* text = GENERATE(
        "198.51.100.7=mail1.example.com*3,2001:db8::7,198.51.100.8*2",
        " 198.51.100.7=MAIL1.example.com*3 ,\n[2001:db8::7]  198.51.100.8*2 "
    );
    CAPTURE(text);
    source_addresses sources;
    REQUIRE_FALSE(read_source_addresses(text, sources));
    const source_addresses expected{
        {.address = make_address("198.51.100.7"), .name = "mail1.example.com", .weight = 3},
        {.address = make_address("2001:db8::7")},
        {.address = make_address("198.51.100.8"), .weight = 2},
    };
    CHECK(sources == expected);
    CHECK(
        source_addresses_text(sources) ==
        "198.51.100.7=mail1.example.com*3,2001:db8::7,198.51.100.8*2"
    );
}

TEST_CASE("a list of source addresses is refused whole", "[config][source]") {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"198.51.100.7,mail1.example.com", "write address, address=name"},
        {"198.51.100.7:25", "write address, address=name"},
        {"198.51.100.0/24", "write address, address=name"},
        {"198.51.100.7=", "no full host name"},
        {"198.51.100.7=mail1", "no full host name"},
        {"198.51.100.7=a_b.example", "no full host name"},
        {"198.51.100.7=a.example=b.example", "no full host name"},
        {"198.51.100.7*0", "whose weight"},
        {"198.51.100.7*", "whose weight"},
        {"198.51.100.7*-1", "whose weight"},
        {"198.51.100.7*1001", "whose weight"},
        {"198.51.100.7*1.5", "whose weight"},
        {"198.51.100.7*2=a.example", "whose weight"},
        {"0.0.0.0", "no address of one machine"},
        {"::", "no address of one machine"},
        {"224.0.0.1", "multicast"},
        {"ff02::1", "multicast"},
        {"255.255.255.255", "broadcast"},
        {"::ffff:198.51.100.7", "write it as one"},
        {"fe80::1", "only neighbours"},
        {"198.51.100.7,198.51.100.7=a.example", "twice"},
        {"2001:db8::7,2001:db8:0::7", "twice"},
    };
    for (const auto& [text, said] : wrong) {
        CAPTURE(text);
        source_addresses sources{{.address = make_address("192.0.2.1")}};
        const auto mistake = read_source_addresses(text, sources);
        REQUIRE(mistake);
        CHECK_THAT(*mistake, ContainsSubstring(said));
        CHECK(sources.front().address == make_address("192.0.2.1"));
    }
}

TEST_CASE("every setting and route can have source addresses", "[config][source]") {
    const auto found = good({
        {"KURIR_SOURCE_ADDRESSES", "192.0.2.1"},
        {"KURIR_RELAYHOST", "hub.example"},
        {"KURIR_RELAYHOST_SOURCE", "192.0.2.2"},
        {"KURIR_RELAYHOST_SES", "ses.example:587"},
        {"KURIR_RELAYHOST_SES_SOURCE", "192.0.2.3=ses.relay.example"},
        {"KURIR_ROUTES",
         "to=a.example -> mx?source=192.0.2.4=m.relay.example*1,2001:db8::1; to=b.example -> "
         "smtp://hub2.example?SOURCE=192.0.2.5; from=<> -> ses"},
    });
    const auto& settings = found.config;
    CHECK(source_addresses_text(settings.sources) == "192.0.2.1");
    CHECK(source_addresses_text(settings.relayhost_sources.at("")) == "192.0.2.2");
    CHECK(
        source_addresses_text(settings.relayhost_sources.at("ses")) == "192.0.2.3=ses.relay.example"
    );
    const auto& rules = settings.routes.all();
    CHECK(rules[0].target.action == route_target::kind::mx);
    CHECK(rules[0].target.name == "mx?source=192.0.2.4=m.relay.example,2001:db8::1");
    CHECK(
        source_addresses_text(rules[0].target.sources) == "192.0.2.4=m.relay.example,2001:db8::1"
    );
    CHECK(rules[1].target.name == "hub2.example:25?source=192.0.2.5");
    CHECK(relayhosts_text(rules[1].target.servers) == "hub2.example:25");
    CHECK(rules[2].target.sources.empty());

    // What is shown can be read again.
    route_rules again;
    REQUIRE_FALSE(route_rules::read(settings.routes.text(), again));
    CHECK(again.text() == settings.routes.text());
}

TEST_CASE("a route's parameters are understood or refused", "[config][source]") {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"mx?", "tls= or source="},
        {"mx?source", "no address after source="},
        {"mx?source=", "no address after source="},
        {"mx?sauce=192.0.2.1", "tls= or source="},
        {"mx?source=192.0.2.1&source=192.0.2.2", "source= twice"},
        {"mx?source=192.0.2.1&", "tls= or source="},
        {"mx?source=eth0", "has a source that has \"eth0\""},
        {"ses?source=192.0.2.1", "KURIR_RELAYHOST_<NAME>_SOURCE"},
        {"discard?source=192.0.2.1", "takes none"},
        {"default?source=192.0.2.1", "takes none"},
    };
    for (const auto& [route, said] : wrong) {
        CAPTURE(route);
        route_rules rules;
        const auto mistake = route_rules::read("to=a.example -> " + route, rules);
        REQUIRE(mistake);
        CHECK_THAT(*mistake, ContainsSubstring(said));
    }
}

TEST_CASE("an address that is not on the machine is a mistake at the start", "[config][source]") {
    const auto machine = machine_with({"192.0.2.1", "2001:db8::1"});
    const environment sound{{"KURIR_SOURCE_ADDRESSES", "192.0.2.1, 2001:db8::1"}};
    CHECK(problems_on(machine, sound).empty());
    const std::vector<std::pair<environment, std::string>> wrong{
        {{{"KURIR_SOURCE_ADDRESSES", "192.0.2.1,192.0.2.9"}},
         "KURIR_SOURCE_ADDRESSES: 192.0.2.9 is not an address of this machine"},
        {{{"KURIR_RELAYHOST", "hub.example"}, {"KURIR_RELAYHOST_SOURCE", "192.0.2.9"}},
         "KURIR_RELAYHOST_SOURCE: 192.0.2.9 is not an address of this machine"},
        {{{"KURIR_RELAYHOST_SES", "hub.example"}, {"KURIR_RELAYHOST_SES_SOURCE", "2001:db8::9"}},
         "KURIR_RELAYHOST_SES_SOURCE: 2001:db8::9 is not an address of this machine"},
        {{{"KURIR_ROUTES", "to=a.example -> mx?source=192.0.2.9"}},
         "KURIR_ROUTES: line 1: 192.0.2.9 is not an address of this machine"},
        {{{"KURIR_SOURCE_ADDRESSES", "192.0.2.1"}, {"KURIR_IP_FAMILY", "ipv6"}},
         "KURIR_SOURCE_ADDRESSES: has no address of the family that KURIR_IP_FAMILY allows"},
        {{{"KURIR_RELAYHOST_SOURCE", "192.0.2.1"}},
         "KURIR_RELAYHOST_SOURCE is set, but KURIR_RELAYHOST is not"},
    };
    for (const auto& [variables, said] : wrong) {
        CAPTURE(said);
        const auto found = problems_on(machine, variables);
        REQUIRE(found.size() == 1);
        CHECK(found.front() == said);
    }
}

TEST_CASE(
    "an address that has gone does not keep files from being read again", "[config][source]"
) {
    const auto routes = GENERATE(as<std::string>(), "192.0.2.1", "192.0.2.9");
    auto machine = machine_with({"192.0.2.1"});
    std::string file = "to=a.example -> mx";
    machine.read = [&file](const auto&) { return std::optional(file); };
    const environment variables{
        {"KURIR_SOURCE_ADDRESSES", "192.0.2.1"}, {"KURIR_ROUTES_FILE", "/routes"}
    };
    const auto before = std::get<loaded>(parse(variables, machine));

    machine.has_address = [](const auto&) { return false; };
    file = "to=a.example -> mx?source=" + routes;
    const auto outcome = reload(before, before.config, variables, machine);
    // What was never there is a mistake still.
    CHECK(outcome.held.empty() == (routes != "192.0.2.9"));
}

TEST_CASE("this machine has its loopback addresses, and no documented ones", "[config][source]") {
    const auto machine = this_host();
    CHECK(machine.has_address(make_address("127.0.0.1")));
    CHECK(machine.has_address(make_address("127.9.8.7")));
    CHECK_FALSE(machine.has_address(make_address("192.0.2.1")));
    CHECK_FALSE(machine.has_address(make_address("2001:db8::1")));
}

TEST_CASE("settings for staging warn at every start", "[config][staging]") {
    CHECK(good({{"KURIR_HOSTNAME", "a.example"}}).warnings.empty());
    const auto found = good({{"KURIR_CAPTURE", "on"}, {"KURIR_REDIRECT_ALL_TO", "qa@b.example"}});
    REQUIRE(found.warnings.size() == 2);
    CHECK_THAT(
        found.warnings[0], StartsWith("KURIR_REDIRECT_ALL_TO: all mail goes to qa@b.example")
    );
    CHECK_THAT(found.warnings[1], StartsWith("KURIR_CAPTURE=on: "));
    CHECK_THAT(only(bad({{"KURIR_REDIRECT_ALL_TO", "qa"}})), ContainsSubstring("mail address"));
}
