#include "dns/exchange.hpp"

#include <map>
#include <set>

#include "tests/support/catch.hpp"

using namespace kurir;
using mail_hosts = std::vector<dns::mx_host>;

namespace {

dns::result<dns::mail_exchange> exchange_of(mail_hosts listed) {
    std::mt19937 draw(1);
    return dns::exchange_of("a.test", dns::answer{.exchanges = std::move(listed)}, draw);
}

dns::result<dns::mail_exchange> exchange_of(dns::errc why) {
    std::mt19937 draw(1);
    return dns::exchange_of("a.test", dns::answer{.error = why}, draw);
}

auto named(std::string name) {
    return [name = std::move(name)](const dns::mx_host& host) { return host.name == name; };
}

}  // namespace

TEST_CASE("C050 a domain without MX is its own mail host", "[dns][exchange]") {
    const auto found = exchange_of(dns::errc::no_data);

    REQUIRE(found.has_value());
    CHECK(found->implicit);
    CHECK(found->hosts == mail_hosts{{"a.test", 0}});
}

TEST_CASE("C050 a domain with MX is never its own mail host", "[dns][exchange]") {
    const auto found = exchange_of(mail_hosts{{"mx.a.test", 10}});

    REQUIRE(found.has_value());
    CHECK_FALSE(found->implicit);
    CHECK(found->hosts == mail_hosts{{"mx.a.test", 10}});
}

TEST_CASE("C051 hosts stand in the order of their preference", "[dns][exchange]") {
    const auto found =
        exchange_of(mail_hosts{{"c.test", 30}, {"a.test", 0}, {"d.test", 65535}, {"b.test", 1}});

    REQUIRE(found.has_value());
    CHECK(
        found->hosts == mail_hosts{{"a.test", 0}, {"b.test", 1}, {"c.test", 30}, {"d.test", 65535}}
    );
}

TEST_CASE("C051 hosts of equal preference come first equally often", "[dns][exchange]") {
    constexpr int rounds = 1000;
    const mail_hosts listed{
        {"a.test", 10}, {"b.test", 10}, {"c.test", 10}, {"d.test", 10}, {"e.test", 20}
    };
    std::mt19937 draw(20260823);
    std::map<std::string, int> first;
    for (int round = 0; round < rounds; ++round) {
        const auto found = dns::exchange_of("x.test", dns::answer{.exchanges = listed}, draw);
        REQUIRE(found.has_value());
        REQUIRE(found->hosts.back() == dns::mx_host{"e.test", 20});
        ++first[found->hosts.front().name];
    }

    constexpr double expected = rounds / 4.0;
    double chi_square = 0;
    for (const auto& [name, count] : first)
        chi_square += (count - expected) * (count - expected) / expected;
    CHECK(first.size() == 4);
    CHECK(chi_square < 16.27);  // three degrees of freedom, p = 0.001
}

TEST_CASE("C051 a host that is listed twice is one host at its best place", "[dns][exchange]") {
    const auto found = exchange_of(mail_hosts{{"a.test", 20}, {"b.test", 15}, {"a.test", 10}});

    REQUIRE(found.has_value());
    CHECK(found->hosts == mail_hosts{{"a.test", 10}, {"b.test", 15}});
}

TEST_CASE("C052 a domain that does not exist has no mail host", "[dns][exchange]") {
    CHECK(exchange_of(dns::errc::not_found).error() == dns::errc::not_found);
}

TEST_CASE("C056 a single dot accepts no mail, whatever its preference", "[dns][exchange]") {
    CHECK(exchange_of(mail_hosts{{"", 0}}).error() == dns::errc::null_mx);
    CHECK(exchange_of(mail_hosts{{"", 10}}).error() == dns::errc::null_mx);
    CHECK(exchange_of(mail_hosts{{"", 0}, {"", 10}}).error() == dns::errc::null_mx);
}

TEST_CASE("C056 a dot beside other hosts is ignored", "[dns][exchange]") {
    const auto found = exchange_of(mail_hosts{{"", 0}, {"mx.a.test", 10}});

    REQUIRE(found.has_value());
    CHECK(found->hosts == mail_hosts{{"mx.a.test", 10}});
}

TEST_CASE("C054 we and all who are not preferred to us are left out", "[dns][exchange]") {
    const mail_hosts listed{{"a.test", 10}, {"b.test", 20}, {"us.test", 20}, {"c.test", 30}};

    CHECK(dns::without_ourselves(listed, named("us.test")) == mail_hosts{{"a.test", 10}});
    CHECK(dns::without_ourselves(listed, named("a.test")).empty());
    CHECK(dns::without_ourselves(listed, named("other.test")) == listed);
}

TEST_CASE("C054 the nearest of our several names counts", "[dns][exchange]") {
    const mail_hosts listed{{"a.test", 10}, {"us1.test", 20}, {"b.test", 30}, {"us2.test", 40}};
    const std::set<std::string> ours{"us1.test", "us2.test"};

    const auto left =
        dns::without_ourselves(listed, [&](const auto& host) { return ours.contains(host.name); });

    CHECK(left == mail_hosts{{"a.test", 10}});
}

TEST_CASE("C054 nobody is left of a preference of 65535 that is ours", "[dns][exchange]") {
    CHECK(dns::without_ourselves({{"us.test", 65535}, {"b.test", 65535}}, named("us.test")).empty()
    );
}
