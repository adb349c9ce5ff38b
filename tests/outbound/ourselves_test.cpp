#include "relay/outbound/ourselves.hpp"

#include <vector>

#include "tests/support/catch.hpp"

namespace {

using boost::asio::ip::address;
using boost::asio::ip::make_address;
using endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

const std::vector<address> machine{
    make_address("127.0.0.1"), make_address("192.0.2.1"), make_address("2001:db8::1")
};

bool ours(const char* address, std::uint16_t port, const endpoints& listeners) {
    return kurir::outbound::is_ourselves({make_address(address), port}, listeners, machine);
}

}  // namespace

TEST_CASE("D14 what leads to this machine, whoever listens there", "[outbound][ourselves]") {
    for (const auto* address : {"127.9.9.9", "::1", "0.0.0.0", "0.1.2.3", "::", "192.0.2.1"})
        CHECK(kurir::outbound::is_this_machine(make_address(address), machine));
    for (const auto* elsewhere : {"192.0.2.2", "10.0.0.1", "2001:db8::2"})
        CHECK_FALSE(kurir::outbound::is_this_machine(make_address(elsewhere), machine));
}

TEST_CASE("C054 a listener on an address is that address and port", "[outbound][ourselves]") {
    const endpoints listeners{{make_address("192.0.2.1"), 25}, {make_address("::1"), 2525}};
    CHECK(ours("192.0.2.1", 25, listeners));
    CHECK(ours("::ffff:192.0.2.1", 25, listeners));
    CHECK(ours("::1", 2525, listeners));
    CHECK_FALSE(ours("192.0.2.1", 2525, listeners));
    CHECK_FALSE(ours("192.0.2.2", 25, listeners));
    CHECK_FALSE(ours("127.0.0.1", 25, listeners));
    CHECK_FALSE(ours("127.0.0.1", 2525, listeners));
}

TEST_CASE("C054 a listener on the wildcard is every address of the machine", "[outbound]") {
    const endpoints listeners{{make_address("0.0.0.0"), 25}};
    CHECK(ours("192.0.2.1", 25, listeners));
    CHECK(ours("127.0.0.1", 25, listeners));
    CHECK(ours("127.99.0.1", 25, listeners));
    CHECK(ours("0.0.0.0", 25, listeners));
    CHECK_FALSE(ours("192.0.2.1", 26, listeners));
    CHECK_FALSE(ours("192.0.2.2", 25, listeners));
    CHECK_FALSE(ours("2001:db8::1", 25, listeners));
    CHECK_FALSE(ours("::1", 25, listeners));
}

TEST_CASE("C054 the IPv6 wildcard takes IPv4 too", "[outbound][ourselves]") {
    const endpoints listeners{{make_address("::"), 25}};
    CHECK(ours("2001:db8::1", 25, listeners));
    CHECK(ours("::1", 25, listeners));
    CHECK(ours("192.0.2.1", 25, listeners));
    CHECK_FALSE(ours("2001:db8::2", 25, listeners));
    CHECK_FALSE(ours("192.0.2.2", 25, listeners));
}

TEST_CASE("who does not listen is nowhere", "[outbound][ourselves]") {
    CHECK_FALSE(ours("127.0.0.1", 25, {}));
}
