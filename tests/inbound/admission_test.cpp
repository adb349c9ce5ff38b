#include "relay/inbound/admission.hpp"

#include "tests/support/catch.hpp"

using kurir::inbound::admission;
using kurir::inbound::admitting_setting;
using kurir::inbound::client_network;

namespace {

boost::asio::ip::address address(const char* text) {
    return boost::asio::ip::make_address(text);
}

}  // namespace

TEST_CASE("Decisions 19: IPv6 clients are counted by /64", "[inbound]") {
    CHECK(client_network(address("192.0.2.7")) == "192.0.2.7");
    CHECK(client_network(address("2001:db8:1:2:3:4:5:6")) == "2001:db8:1:2::/64");
}

TEST_CASE("Sessions are limited in all and for each client", "[inbound]") {
    using verdict = admission::verdict;
    admission entrance(3, 2);

    CHECK(entrance.enter("a") == verdict::admitted);
    CHECK(entrance.enter("a") == verdict::admitted);
    CHECK(entrance.enter("a") == verdict::too_many_of_client);
    CHECK(entrance.enter("b") == verdict::admitted);
    CHECK(entrance.enter("c") == verdict::too_many_sessions);
    CHECK(entrance.sessions() == 3);

    entrance.leave("a");
    CHECK(entrance.enter("c") == verdict::admitted);
}

TEST_CASE("Decisions 21: the setting that would admit a client", "[inbound]") {
    CHECK(admitting_setting(address("172.18.0.5")) == "KURIR_TRUSTED_NETWORKS=172.18.0.0/16");
    CHECK(admitting_setting(address("10.1.2.3")) == "KURIR_TRUSTED_NETWORKS=10.1.0.0/16");
    CHECK(admitting_setting(address("192.168.4.5")) == "KURIR_TRUSTED_NETWORKS=192.168.4.0/24");
    CHECK(admitting_setting(address("198.51.100.7")) == "KURIR_TRUSTED_NETWORKS=198.51.100.7");
    CHECK(
        admitting_setting(address("fd00:1:2:3:4::5")) == "KURIR_TRUSTED_NETWORKS=fd00:1:2:3::/64"
    );
    CHECK(admitting_setting(address("2001:db8::5")) == "KURIR_TRUSTED_NETWORKS=2001:db8::5");
}
