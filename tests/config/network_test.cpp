#include "relay/config/network.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::config;
using boost::asio::ip::make_address;

namespace {

network_set set_of(std::string_view text) {
    network_set set;
    REQUIRE_FALSE(network_set::parse(text, set));
    return set;
}

bool contains(std::string_view networks, const char* address) {
    return set_of(networks).contains(make_address(address));
}

}  // namespace

TEST_CASE("a network contains the addresses of its prefix and no others", "[config][network]") {
    CHECK(contains("10.0.0.0/8", "10.255.0.1"));
    CHECK_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
    CHECK(contains("172.16.0.0/12", "172.31.255.255"));
    CHECK_FALSE(contains("172.16.0.0/12", "172.32.0.0"));
    CHECK(contains("192.0.2.7", "192.0.2.7"));
    CHECK_FALSE(contains("192.0.2.7", "192.0.2.6"));
    CHECK(contains("0.0.0.0/0", "203.0.113.9"));
    CHECK_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
    CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
}

TEST_CASE("mapped addresses and networks are the IPv4 ones they stand for", "[config][network]") {
    CHECK(contains("127.0.0.0/8", "::ffff:127.0.0.1"));
    CHECK(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
    CHECK_FALSE(contains("::/0", "::ffff:10.0.0.1"));
    CHECK_FALSE(network::parse("::ffff:0.0.0.0/95"));
}

TEST_CASE("what is no network is refused", "[config][network]") {
    const auto* text = GENERATE(
        "",
        "10",
        "10.0.0/8",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.1/8",
        "::1/129",
        "2001:db8::1/64",
        "example.org",
        "010.0.0.1",
        "10.0.0.0/08x",
        "fe80::1%lo"
    );
    CAPTURE(text);
    CHECK_FALSE(network::parse(text));
}

TEST_CASE("lists take commas, spaces and words", "[config][network]") {
    const auto set = set_of("loopback,10.0.0.0/8  fe80::/10,\n192.0.2.1");

    CHECK(set.contains(make_address("::1")));
    CHECK(set.contains(make_address("10.9.9.9")));
    CHECK(set.contains(make_address("192.0.2.1")));
    CHECK_FALSE(set.contains(make_address("192.0.2.2")));
}

TEST_CASE("each word stands for its networks", "[config][network]") {
    CHECK(contains("loopback", "127.9.9.9"));
    CHECK(contains("private", "172.20.0.1"));
    CHECK(contains("private", "fd00::1"));
    CHECK_FALSE(contains("private", "172.15.0.1"));
    CHECK(contains("linklocal", "169.254.169.254"));
    CHECK(contains("linklocal", "fe80::1"));
    CHECK(contains("unspecified", "0.0.0.0"));
    CHECK(contains("unspecified", "::"));
    CHECK(contains("shared", "100.64.0.1"));
    CHECK(contains("documentation", "203.0.113.1"));
    CHECK(contains("multicast", "224.0.0.1"));
    CHECK(set_of("none").empty());
}

TEST_CASE("H15 special networks belong to a word", "[config][network]") {
    CHECK(contains("private", "fec0::1"));
    CHECK(contains("private", "64:ff9b:1::1"));
    CHECK(contains("documentation", "198.18.0.1"));
    CHECK(contains("documentation", "198.19.255.255"));
    CHECK(contains("documentation", "2001:2::1"));
    CHECK(contains("reserved", "240.0.0.1"));
    CHECK(contains("reserved", "255.255.255.255"));
    CHECK(contains("reserved", "192.0.0.8"));
    CHECK(contains("reserved", "100::1"));
    for (const auto* address : {"198.20.0.1", "198.17.255.255", "223.255.255.255", "2606::1"}) {
        CAPTURE(address);
        CHECK_FALSE(contains("private documentation reserved", address));
    }
}

TEST_CASE("H15 an address that leads to another is judged by that one, too", "[config]") {
    const auto set = set_of("10.0.0.0/8 192.168.0.0/16 169.254.0.0/16 loopback reserved");
    const auto leads = [&](const char* address) {
        return set.contains_any_of(make_address(address));
    };
    for (const auto* inner : {
             "64:ff9b::10.0.0.1",  // NAT64
             "64:ff9b::127.0.0.1",
             "64:ff9b::255.255.255.255",
             "64:ff9b::169.254.169.254",
             "64:ff9b:1::10.0.0.1",       // NAT64 of a network's own
             "64:ff9b:1:0a00:0:100::",    // the same by a prefix of /48
             "64:ff9b:1:000a:0:1::",      // /56
             "64:ff9b:1:0:a:0:100:0",     // /64
             "64:ff9b:1:fffe::10.0.0.1",  // /96 behind a subnet
             "2002:0a00:0001::1",         // 6to4
             "2002:7f00:0001::",
             "::10.0.0.1",  // compatible
             "::127.0.0.1",
             "::ffff:192.168.0.1",           // mapped
             "::ffff:0:192.168.0.1",         // SIIT
             "2001:0:0102:0304::f5ff:fffe",  // Teredo: 10.0.0.1 in its complement
             "2606::200:5efe:10.0.0.1",      // ISATAP
             "2606::5efe:10.0.0.1",
         }) {
        CAPTURE(inner);
        CHECK(leads(inner));
    }
    for (const auto* inner : {
             "64:ff9b::8.8.8.8",
             "64:ff9b:1::8.8.8.8",
             "64:ff9b:1:0808:8:800::",
             "64:ff9b:2::10.0.0.1",  // no prefix of NAT64
             "2003:0a00:0001::1",
             "2002:0808:0808::1",
             "2001:0:0a00:0001::f7f7:f7f7",  // only its server is private
             "2606::10.0.0.1",
             "::8.8.8.8",
         }) {
        CAPTURE(inner);
        CHECK_FALSE(leads(inner));
    }
    // Trust is never given by what an address embeds.
    CHECK_FALSE(set.contains(make_address("64:ff9b::10.0.0.1")));
    CHECK_FALSE(set.contains(make_address("2002:0a00:0001::1")));
    CHECK_FALSE(set_of("loopback").contains_any_of(make_address("::")));
    CHECK_FALSE(set_of("unspecified").contains_any_of(make_address("::1")));
    CHECK(set_of("0.0.0.0/8").contains_any_of(make_address("::0.1.2.3")));
}

TEST_CASE("the word that can't be understood is named", "[config][network]") {
    network_set set;
    const auto problem = network_set::parse("loopback lopback", set);

    REQUIRE(problem);
    CHECK(problem->word == "lopback");
}

TEST_CASE("a network prints as CIDR", "[config][network]") {
    CHECK(network::parse("10.0.0.0/8")->text() == "10.0.0.0/8");
    CHECK(network::parse("::1")->text() == "::1/128");
}
