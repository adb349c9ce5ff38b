#include "relay/spf/record.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using spf::mechanism_kind;
using spf::qualifier;

TEST_CASE("a record of SPF is of version 1", "[spf][record]") {
    CHECK(spf::is_record("v=spf1"));
    CHECK(spf::is_record("V=SPF1 -all"));
    CHECK_FALSE(spf::is_record("v=spf10 -all"));
    CHECK_FALSE(spf::is_record("v=spf2.0/pra -all"));
    CHECK_FALSE(spf::is_record(" v=spf1"));
    CHECK_FALSE(spf::parse_record("v=spf10").has_value());
}

TEST_CASE("terms are read in their order, with qualifiers", "[spf][record]") {
    const auto read =
        spf::parse_record("v=spf1  +ip4:192.0.2.0/24 ?ip6:2001:db8::/32 ~a/28//64 -ALL ");
    REQUIRE(read.has_value());
    const auto& terms = read->mechanisms;
    REQUIRE(terms.size() == 4);
    CHECK(terms[0].kind == mechanism_kind::ip4);
    CHECK(terms[0].qualifier == qualifier::pass);
    CHECK(terms[0].network.to_string() == "192.0.2.0");
    CHECK(terms[0].v4_bits == 24);
    CHECK(terms[1].qualifier == qualifier::neutral);
    CHECK(terms[1].v6_bits == 32);
    CHECK(terms[2].qualifier == qualifier::softfail);
    CHECK(terms[2].domain.empty());
    CHECK(terms[2].v4_bits == 28);
    CHECK(terms[2].v6_bits == 64);
    CHECK(terms[3].kind == mechanism_kind::all);
    CHECK(terms[3].qualifier == qualifier::fail);
    CHECK(terms[3].text == "-ALL");
}

TEST_CASE("modifiers may stand anywhere, unknown ones are passed over", "[spf][record]") {
    const auto read =
        spf::parse_record("v=spf1 redirect=_spf.example.com moo=%{d}x a exp=why.example.com");
    REQUIRE(read.has_value());
    CHECK(read->redirect == "_spf.example.com");
    CHECK(read->mechanisms.size() == 1);
}

TEST_CASE("a slash in a macro is no prefix length", "[spf][record]") {
    const auto read = spf::parse_record("v=spf1 a:%{l1r/}.example.com/24 mx:%{d/}//64");
    REQUIRE(read.has_value());
    CHECK(read->mechanisms.at(0).domain == "%{l1r/}.example.com");
    CHECK(read->mechanisms.at(0).v4_bits == 24);
    CHECK(read->mechanisms.at(1).domain == "%{d/}");
    CHECK(read->mechanisms.at(1).v6_bits == 64);
}

TEST_CASE("one mistake and there is no record", "[spf][record]") {
    const auto* text = GENERATE(
        "v=spf1 ip4:192.0.2.0/33",
        "v=spf1 ip4:192.0.2.0/024",
        "v=spf1 ip4:192.0.2",
        "v=spf1 ip4:2001:db8::1",
        "v=spf1 ip6:192.0.2.1",
        "v=spf1 ip6:fe80::1%eth0",
        "v=spf1 ip4",
        "v=spf1 ip4:",
        "v=spf1 a:",
        "v=spf1 a/",
        "v=spf1 a/33",
        "v=spf1 a//129",
        "v=spf1 a:localhost",
        "v=spf1 mx:example.1",
        "v=spf1 include",
        "v=spf1 include:",
        "v=spf1 exists",
        "v=spf1 all:example.com",
        "v=spf1 all/8",
        "v=spf1 - all",
        "v=spf1 ipv4:192.0.2.1",
        "v=spf1 a:%{x}.example.com",
        "v=spf1 a:%{d0}.example.com",
        "v=spf1 a:%d.example.com",
        "v=spf1 include:%{d",
        "v=spf1 redirect=a.example redirect=b.example",
        "v=spf1 exp=a.example exp=b.example",
        "v=spf1 redirect=",
        "v=spf1 moo=%",
        "v=spf1 \ta"
    );
    CAPTURE(text);
    CHECK_FALSE(spf::parse_record(text).has_value());
}

TEST_CASE("an error names the term that is wrong", "[spf][record]") {
    CHECK(spf::parse_record("v=spf1 a ip4:1.2.3 -all").error() == "has a mistake in \"ip4:1.2.3\"");
    CHECK(
        spf::parse_record("v=spf1 ipv4:192.0.2.1").error() ==
        "has the unknown term \"ipv4:192.0.2.1\""
    );
}
