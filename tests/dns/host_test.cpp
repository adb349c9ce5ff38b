#include "dns/host.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using boost::asio::ip::make_address;
using addresses = std::vector<boost::asio::ip::address>;
using said = dns::result<dns::answer>;

namespace {

said those(std::initializer_list<const char*> texts) {
    dns::answer all;
    for (const auto* text : texts)
        all.addresses.push_back(make_address(text));
    return all;
}

said none(dns::errc why) {
    return dns::answer{.error = why};
}

}  // namespace

TEST_CASE("C057 IPv6 comes before IPv4, each in the order of the server", "[dns][host]") {
    const auto found =
        dns::addresses_of(those({"2000::2", "2000::1"}), those({"192.0.2.2", "192.0.2.1"}), true);

    REQUIRE(found.has_value());
    CHECK(
        *found ==
        addresses{
            make_address("2000::2"),
            make_address("2000::1"),
            make_address("192.0.2.2"),
            make_address("192.0.2.1")
        }
    );
}

TEST_CASE("C057 a machine without IPv6 uses IPv4 alone", "[dns][host]") {
    const auto found = dns::addresses_of(those({"2000::1"}), those({"192.0.2.1"}), false);

    REQUIRE(found.has_value());
    CHECK(*found == addresses{make_address("192.0.2.1")});
}

TEST_CASE("C057 a host with IPv6 alone keeps it on a machine without", "[dns][host]") {
    const auto found = dns::addresses_of(those({"2000::1"}), none(dns::errc::no_data), false);

    REQUIRE(found.has_value());
    CHECK(*found == addresses{make_address("2000::1")});
}

TEST_CASE("C057 this machine reaches its own IPv6 address without a way out", "[dns][host]") {
    const auto found = dns::addresses_of(those({"::1", "2000::1"}), those({"127.0.0.1"}), false);

    REQUIRE(found.has_value());
    CHECK(*found == addresses{make_address("::1"), make_address("127.0.0.1")});
}

TEST_CASE("C055 the family that answers is enough", "[dns][host]") {
    const auto trouble =
        GENERATE(dns::errc::servfail, dns::errc::timeout, dns::errc::refused, dns::errc::malformed);
    CAPTURE(static_cast<int>(trouble));

    CHECK(dns::addresses_of(said(trouble), those({"192.0.2.1"}), true).has_value());
    CHECK(dns::addresses_of(those({"2000::1"}), said(trouble), true).has_value());
}

TEST_CASE("C055 no address is proven only if both families say so", "[dns][host]") {
    using enum dns::errc;
    const auto none_of = [](const said& six, const said& four) {
        return dns::addresses_of(six, four, true).error();
    };

    CHECK(none_of(none(no_data), none(no_data)) == no_data);
    CHECK(none_of(none(not_found), none(not_found)) == not_found);
    CHECK(none_of(none(not_found), none(no_data)) == no_data);
    CHECK(none_of(none(no_data), none(not_found)) == no_data);
    CHECK(none_of(said(timeout), none(no_data)) == timeout);
    CHECK(none_of(none(not_found), said(servfail)) == servfail);
    CHECK(none_of(said(refused), said(timeout)) == refused);
}
