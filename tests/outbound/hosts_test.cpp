#include "relay/outbound/hosts.hpp"

#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
namespace ip = boost::asio::ip;

namespace {

std::shared_ptr<const route> three() {
    route result{.key = {.site = "remote.example"}, .targets = {}};
    for (const auto* name : {"a", "b", "c"}) {
        const auto last = static_cast<unsigned char>(name[0]);
        result.targets.push_back({name, 25, {ip::address_v4({192, 0, 2, last})}});
    }
    result.targets[1].addresses.push_back(ip::make_address("192.0.2.9"));
    return std::make_shared<const route>(std::move(result));
}

std::string order(host_cursor cursor) {
    std::string names;
    while (const auto host = cursor.next())
        names += host->name;
    return names;
}

queue::recipient_state state(
    std::uint32_t attempts,
    const std::string& remote,
    const std::string& status = "4.3.0",
    const std::string& diagnostic = "451 4.3.0 try later"
) {
    queue::recipient_state before;
    before.attempts = attempts;
    before.remote = remote;
    before.status = status;
    before.diagnostic = diagnostic;
    return before;
}

}  // namespace

TEST_CASE("C051 all addresses of each host, in order, once", "[outbound][hosts]") {
    CHECK(order(host_cursor(three())) == "abbc");
}

TEST_CASE("C071 hosts of one preference come together, each address once", "[outbound][hosts]") {
    const auto groups = [](const route& hosts, first_host first) {
        host_cursor cursor(std::make_shared<const route>(hosts), first);
        std::string text;
        for (auto group = cursor.next_equals(); !group.empty(); group = cursor.next_equals()) {
            if (!text.empty()) text += ' ';
            for (const auto& host : group) {
                for (const auto& each : host)
                    text += each.name;
            }
        }
        return text;
    };
    auto hosts = *three();
    CHECK(groups(hosts, {}) == "a bb c");
    hosts.targets[1].shares = true;
    CHECK(groups(hosts, {}) == "abb c");
    CHECK(groups(hosts, {.target = 1}) == "bb c a");
    hosts.targets[2].shares = true;
    CHECK(groups(hosts, {}) == "abbc");
    CHECK(groups(hosts, {.target = 1}) == "bbc a");
    hosts.targets[0].addresses.clear();
    CHECK(groups(hosts, {}) == "bbc");
}

TEST_CASE("D13 hosts before the first one come last", "[outbound][hosts]") {
    CHECK(order(host_cursor(three(), {.target = 1})) == "bbca");
    CHECK(order(host_cursor(three(), {.target = 2})) == "cabb");
}

TEST_CASE("D13 from the third attempt on the next host is the first", "[outbound][hosts]") {
    const auto hosts = three();
    const auto first = [&](const queue::recipient_state& before) {
        const auto found = first_host_of(*hosts, &before);
        return found ? std::optional(found->target) : std::nullopt;
    };
    CHECK_FALSE(first_host_of(*hosts, nullptr));
    CHECK_FALSE(first(state(1, "a")));
    CHECK(first(state(2, "a")) == 1U);
    CHECK(first(state(5, "b")) == 2U);
    CHECK(first(state(5, "c")) == 0U);
    CHECK_FALSE(first(state(5, "another")));

    CHECK(first(state(2, "a", "4.4.2", "connection closed by the peer")) == 1U);
    CHECK(first(state(2, "a", "4.0.0", "451 Local error")) == 1U);
    CHECK(first(state(2, "a", "4.0.0", "452 No space")) == 1U);
    // Not of the host.
    CHECK_FALSE(first(state(2, "a", "4.0.0", "450 busy")));
    CHECK_FALSE(first(state(2, "a", "4.2.2", "452 4.2.2 full")));
    CHECK_FALSE(first(state(2, "a", "4.7.1", "451 4.7.1 greylisted")));
}

TEST_CASE("D8 D13 a host that refuses sessions is not the only one tried", "[outbound][hosts]") {
    const auto hosts = three();
    for (const auto& [status, text] : {
             std::pair("4.0.0", "421 Service not available"),
             std::pair("4.7.0", "421 4.7.0 [TSS04] Messages temporarily deferred"),
             std::pair("4.0.0", "554 5.7.1 Your address is listed"),
             std::pair("4.0.0", "550 no"),
         }) {
        CAPTURE(text);
        const auto before = state(2, "a", status, text);
        CHECK(first_host_of(*hosts, &before) == first_host{.target = 1});
    }
    // These defer at RCPT.
    for (const auto* text : {"552 too many", "530 5.7.0 authenticate", "538 encryption required"}) {
        CAPTURE(text);
        const auto before = state(2, "a", "4.0.0", text);
        CHECK_FALSE(first_host_of(*hosts, &before));
    }
}

TEST_CASE("D8 D13 all addresses of the only host are tried in time", "[outbound][hosts]") {
    route only{.key = {.site = "remote.example"}, .targets = {{"a", 25, {}}}};
    const auto last_of = [](unsigned char last) { return ip::address_v4({192, 0, 2, last}); };
    for (unsigned char last = 0; last < 24; ++last)
        only.targets[0].addresses.emplace_back(last_of(last));
    const auto hosts = std::make_shared<const route>(only);
    std::set<ip::address> begun;
    for (std::uint32_t attempts = 0; attempts < 26; ++attempts) {
        const auto before = state(attempts, "a", "4.4.1", "timed out");
        host_cursor all(hosts, first_host_of(*hosts, &before).value_or(first_host()));
        begun.insert(all.next()->endpoint.address());
        std::set<ip::address> others;
        while (const auto host = all.next())
            others.insert(host->endpoint.address());
        CHECK(others.size() == 23);
    }
    CHECK(begun.size() == 24);
    only.targets[0].addresses.resize(1);
    const auto before = state(7, "a");
    CHECK_FALSE(first_host_of(only, &before));
}

TEST_CASE("targets that share the load come first in turn", "[outbound][hosts]") {
    route made;
    for (const auto& [name, shares] : std::vector<std::pair<std::string, bool>>{
             {"a", false}, {"b", true}, {"c", true}, {"d", false}, {"e", false}, {"f", true}
         }) {
        made.targets.push_back({.name = name, .addresses = {}, .shares = shares});
    }
    const auto hosts = std::make_shared<const route>(made);
    const auto order = [&](std::uint64_t number) {
        std::string names;
        const auto turned = in_turn(hosts, number);
        for (const auto& each : turned->targets)
            names += (each.shares ? "|" : ",") + each.name;
        return names;
    };
    CHECK(order(0) == ",a|b|c,d,e|f");
    CHECK(order(1) == ",b|c|a,d,f|e");
    CHECK(order(2) == ",c|a|b,d,e|f");
    CHECK(order(3) == ",a|b|c,d,f|e");
}

TEST_CASE("a route without shared load is the same for all connections", "[outbound][hosts]") {
    route made;
    made.targets = {{.name = "a", .addresses = {}}, {.name = "b", .addresses = {}}};
    const auto hosts = std::make_shared<const route>(made);
    CHECK(in_turn(hosts, 1) == hosts);
}
