#include "dns/reverse_name.hpp"

#include "tests/support/catch.hpp"

using boost::asio::ip::make_address;
using kurir::dns::reverse_name;

TEST_CASE("the name for an address has its parts in reverse order", "[dns][reverse_name]") {
    CHECK(reverse_name(make_address("192.0.2.25")) == "25.2.0.192.in-addr.arpa");
    CHECK(
        reverse_name(make_address("2001:db8::567:89ab")) ==
        "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
    );
}
