#include "relay/inbound/client.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using boost::asio::ip::make_address;

TEST_CASE("A client is judged by its address, or by the one that a proxy told", "[inbound]") {
    config::network_set trusted;
    REQUIRE_FALSE(config::network_set::parse("10.0.0.0/8 2001:db8::/32", trusted));

    auto known = inbound::client_at(make_address("10.1.2.3"), trusted);
    CHECK(known.judged_address() == make_address("10.1.2.3"));
    CHECK(known.address_text == "10.1.2.3");
    CHECK(known.network == "10.1.2.3");
    CHECK(known.rights.may_relay);
    CHECK(known.credential.empty());

    const auto six = inbound::client_at(make_address("2001:db8::1:2"), trusted);
    CHECK(six.network == "2001:db8::/64");
    CHECK(six.rights.may_relay);
    CHECK_FALSE(inbound::client_at(make_address("192.0.2.1"), trusted).rights.may_relay);

    known.told_address = make_address("192.0.2.1");
    CHECK(known.judged_address() == make_address("192.0.2.1"));
    CHECK(known.address == make_address("10.1.2.3"));
}
