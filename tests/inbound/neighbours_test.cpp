#include "relay/inbound/neighbours.hpp"

#include "tests/support/catch.hpp"

using boost::asio::ip::make_address;
using kurir::inbound::is_neighbour;

TEST_CASE("operating: private addresses are neighbours, public ones are not", "[inbound]") {
    const auto* near = GENERATE(
        "127.0.0.1",
        "10.1.2.3",
        "172.18.0.4",
        "192.168.1.1",
        "::ffff:10.0.0.1",
        "100.64.0.1",
        "169.254.1.1",
        "fd00::1",
        "fe80::1",
        "::1"
    );
    const auto* far = GENERATE("192.0.2.1", "8.8.8.8", "172.32.0.1", "2001:db8::1", "2a00::1");
    CHECK(is_neighbour(make_address(near)));
    CHECK_FALSE(is_neighbour(make_address(far)));
}
