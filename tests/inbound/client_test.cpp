#include "relay/inbound/client.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using boost::asio::ip::make_address;
using inbound::client_at;
using inbound::proxy_claim;

namespace {

config::config some_config() {
    config::config made;
    REQUIRE_FALSE(config::network_set::parse("10.0.0.0/8 2001:db8::/32", made.trusted_networks));
    REQUIRE_FALSE(config::network_set::parse("10.9.0.0/16", made.xclient_networks));
    return made;
}

proxy_claim claim_from(const char* source) {
    return {.subject = proxy_claim::about::client, .source = {make_address(source), 4711}};
}

smtp::client_claims said(std::string_view argument) {
    const auto claims = smtp::parse_xclient(argument);
    REQUIRE(claims);
    return *claims;
}

}  // namespace

TEST_CASE("A client is judged by its address", "[inbound]") {
    const auto config = some_config();
    const auto known = client_at(make_address("10.1.2.3"), config);
    CHECK(known.judged_address() == make_address("10.1.2.3"));
    CHECK(known.address_text == "10.1.2.3");
    CHECK(known.network == "10.1.2.3");
    CHECK(known.rights == smtp::client_rights{.may_relay = true});
    CHECK(known.credential.empty());
    CHECK(known.proxy_text.empty());

    const auto six = client_at(make_address("2001:db8::1:2"), config);
    CHECK(six.network == "2001:db8::/64");
    CHECK(six.rights.may_relay);
    CHECK(client_at(make_address("192.0.2.1"), config).rights == smtp::client_rights{});
    CHECK(client_at(make_address("10.9.0.1"), config).rights.may_name_client);
}

TEST_CASE("A client behind a proxy is judged by the address that the proxy told", "[inbound]") {
    const auto config = some_config();
    const auto proxy = client_at(make_address("10.9.0.1"), config);

    const auto stranger = behind(proxy, claim_from("192.0.2.1"), config);
    CHECK(stranger.judged_address() == make_address("192.0.2.1"));
    CHECK(stranger.address == make_address("10.9.0.1"));
    CHECK(stranger.address_text == "192.0.2.1");
    CHECK(stranger.proxy_text == "10.9.0.1");
    CHECK(stranger.network == "192.0.2.1");
    CHECK(stranger.rights == smtp::client_rights{});

    const auto neighbour = behind(proxy, claim_from("10.1.2.3"), config);
    CHECK(neighbour.rights == smtp::client_rights{.may_relay = true});
    // Another proxy, behind this one.
    CHECK(behind(proxy, claim_from("10.9.0.2"), config).rights.may_name_client);
}

TEST_CASE(
    "A client whose address a proxy does not know has no rights by the proxy's", "[inbound]"
) {
    const auto config = some_config();
    const auto proxy = client_at(make_address("10.9.0.1"), config);

    const auto unknown = behind(proxy, proxy_claim{}, config);
    CHECK(unknown.address_text == "10.9.0.1");
    CHECK(unknown.rights == smtp::client_rights{});
    const auto unavailable = behind(proxy, said("ADDR=[UNAVAILABLE]"), config);
    CHECK(unavailable.rights == smtp::client_rights{});

    // A proxy that speaks for itself is a client like any other.
    const auto itself = behind(proxy, proxy_claim{.subject = proxy_claim::about::proxy}, config);
    CHECK(itself.rights == proxy.rights);
    CHECK(itself.proxy_text.empty());
}

TEST_CASE("XCLIENT names a client and who has logged in", "[inbound]") {
    const auto config = some_config();
    const auto proxy = client_at(make_address("10.9.0.1"), config);

    const auto user = behind(proxy, said("ADDR=192.0.2.1 LOGIN=billing"), config);
    CHECK(user.address_text == "192.0.2.1");
    CHECK(user.credential == "billing");
    CHECK(user.rights == smtp::client_rights{.may_relay = true, .has_credential = true});
    const auto mapped = behind(proxy, said("ADDR=IPV6:::ffff:192.0.2.1"), config);
    CHECK(mapped.address_text == "192.0.2.1");
    CHECK(mapped.rights == smtp::client_rights{});

    // Only a name of the host: still the proxy.
    const auto named = behind(proxy, said("NAME=host.example"), config);
    CHECK(named.rights == proxy.rights);
}

TEST_CASE("A credential does not pass from a proxy to its client", "[inbound]") {
    const auto config = some_config();
    auto proxy = client_at(make_address("10.9.0.1"), config);
    proxy.credential = "cert:proxy.example";
    judge(proxy, config);

    CHECK(behind(proxy, said("ADDR=192.0.2.1"), config).credential.empty());
    CHECK_FALSE(behind(proxy, said("ADDR=192.0.2.1"), config).rights.may_relay);
    CHECK(behind(proxy, said("LOGIN=[UNAVAILABLE]"), config).credential.empty());
    CHECK(behind(proxy, said("HELO=host.example"), config).credential == "cert:proxy.example");
}

TEST_CASE("A login of before XCLIENT does not count after it", "[inbound]") {
    const auto config = some_config();
    auto proxy = client_at(make_address("10.9.0.1"), config);
    proxy.credential = "billing";
    judge(proxy, config);
    CHECK(proxy.rights.has_credential);

    for (const auto* const argument :
         {"ADDR=192.0.2.1", "NAME=host.example", "HELO=host.example PROTO=ESMTP", "PORT=4711"}) {
        CAPTURE(argument);
        const auto after = behind(proxy, said(argument), config);
        CHECK(after.credential.empty());
        CHECK_FALSE(after.rights.has_credential);
    }
    CHECK(behind(proxy, said("HELO=host.example LOGIN=news"), config).credential == "news");
}
