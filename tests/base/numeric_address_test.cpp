#include "relay/base/numeric_address.hpp"

#include <string>
#include <string_view>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::string_view_literals;

TEST_CASE("an address in numbers", "[base][numeric_address]") {
    for (const auto text : {"192.0.2.1"sv, "2001:db8::1"sv, "::ffff:192.0.2.1"sv, "fe80::1"sv}) {
        CAPTURE(text);
        const auto address = base::numeric_address(text);
        REQUIRE(address);
        CHECK(address->to_string() == text);
    }
    CHECK(base::numeric_address("fe80::1%1"));
    CHECK(base::numeric_address("fe80::1%br-0.5"));
}

TEST_CASE("all of an address is read", "[base][numeric_address]") {
    for (const auto text : {
             ""sv,
             "192.0.2"sv,
             "192.0.2.1 "sv,
             " 192.0.2.1"sv,
             "192.0.2.1\0"sv,
             "192.0.2.1\0.example"sv,
             "2001:db8::\0]:25"sv,
             "fe80::1%eth0\0"sv,
         }) {
        CAPTURE(text);
        CHECK_FALSE(base::numeric_address(text));
    }
}

TEST_CASE("a zone belongs to a link-local address", "[base][numeric_address]") {
    for (const auto text :
         {"2001:db8::1%eth0"sv,
          "::1%lo"sv,
          "192.0.2.1%eth0"sv,
          "fe80::1%"sv,
          "fe80::1%e]0"sv,
          "fe80::1%e%0"sv,
          "fe80::1%e 0"sv}) {
        CAPTURE(text);
        CHECK_FALSE(base::numeric_address(text));
    }
}
