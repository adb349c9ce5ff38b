#include "relay/spf/check_host.hpp"

#include "tests/spf/zone.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using dns::record_type;
using spf::verdict;
using tests::zone;

namespace {

// The zone of RFC 7208 appendix A, with this record of example.com.
zone example(const char* record) {
    zone all;
    all.txt("example.com", record)
        .mx("example.com", "mail-a.example.com")
        .mx("example.com", "mail-b.example.com")
        .host("example.com", "192.0.2.10")
        .host("example.com", "192.0.2.11")
        .host("amy.example.com", "192.0.2.65")
        .host("bob.example.com", "192.0.2.66")
        .host("mail-a.example.com", "192.0.2.129")
        .host("mail-b.example.com", "192.0.2.130")
        .mx("example.org", "mail-c.example.org")
        .host("mail-c.example.org", "192.0.2.140")
        .ptr("10.2.0.192.in-addr.arpa", "example.com")
        .ptr("65.2.0.192.in-addr.arpa", "amy.example.com")
        .ptr("140.2.0.192.in-addr.arpa", "mail-c.example.org")
        .ptr("4.0.0.10.in-addr.arpa", "bob.example.com");
    return all;
}

verdict result(const zone& all, const char* client) {
    return all.check(client, "example.com").result;
}

}  // namespace

TEST_CASE("the simple examples of RFC 7208 appendix A.1", "[spf][check_host]") {
    CHECK(result(example("v=spf1 +all"), "203.0.113.1") == verdict::pass);
    const auto a = example("v=spf1 a -all");
    CHECK(result(a, "192.0.2.10") == verdict::pass);
    CHECK(result(a, "192.0.2.11") == verdict::pass);
    CHECK(result(a, "192.0.2.12") == verdict::fail);
    CHECK(result(example("v=spf1 a:example.org -all"), "192.0.2.10") == verdict::fail);
    const auto mx = example("v=spf1 mx -all");
    CHECK(result(mx, "192.0.2.129") == verdict::pass);
    CHECK(result(mx, "192.0.2.130") == verdict::pass);
    CHECK(result(mx, "192.0.2.10") == verdict::fail);
    CHECK(result(example("v=spf1 mx:example.org -all"), "192.0.2.140") == verdict::pass);
    const auto both = example("v=spf1 mx mx:example.org -all");
    CHECK(result(both, "192.0.2.140") == verdict::pass);
    CHECK(result(both, "192.0.2.130") == verdict::pass);
    const auto near = example("v=spf1 mx/30 mx:example.org/30 -all");
    CHECK(result(near, "192.0.2.131") == verdict::pass);
    CHECK(result(near, "192.0.2.143") == verdict::pass);
    CHECK(result(near, "192.0.2.144") == verdict::fail);
    const auto ptr = example("v=spf1 ptr -all");
    CHECK(result(ptr, "192.0.2.10") == verdict::pass);
    CHECK(result(ptr, "192.0.2.65") == verdict::pass);
    CHECK(result(ptr, "192.0.2.140") == verdict::fail);
    CHECK(result(ptr, "10.0.0.4") == verdict::fail);  // the name does not have the address
    const auto ip4 = example("v=spf1 ip4:192.0.2.128/28 -all");
    CHECK(result(ip4, "192.0.2.65") == verdict::fail);
    CHECK(result(ip4, "192.0.2.129") == verdict::pass);
}

TEST_CASE("several domains share one record, as in appendix A.2", "[spf][check_host]") {
    auto all = example("v=spf1 include:example.com include:example.net -all");
    all.txt("example.org", "v=spf1 include:a.example.com redirect=la.example.com")
        .txt("a.example.com", "v=spf1 ip4:192.0.2.1 -all")
        .txt("la.example.com", "v=spf1 a:amy.example.com -all");
    CHECK(all.check("192.0.2.1", "example.org").result == verdict::pass);
    CHECK(all.check("192.0.2.65", "example.org").result == verdict::pass);
    CHECK(all.check("192.0.2.66", "example.org").result == verdict::fail);
}

TEST_CASE("a block list by exists and macros, as in appendix A.3", "[spf][check_host]") {
    auto all = example("v=spf1 mx -exists:%{ir}.%{v}.bl.example.org ?all");
    all.host("3.113.0.203.in-addr.bl.example.org", "127.0.0.2");
    CHECK(result(all, "203.0.113.3") == verdict::fail);
    CHECK(result(all, "203.0.113.4") == verdict::neutral);
}

TEST_CASE("IPv6, and IPv4 in IPv6", "[spf][check_host]") {
    auto all = example("v=spf1 ip6:2001:db8::/33 a:six.example.com -all");
    all.host("six.example.com", "2001:db9::5");
    CHECK(result(all, "2001:db8:7fff::1") == verdict::pass);
    CHECK(result(all, "2001:db8:8000::1") == verdict::fail);
    CHECK(result(all, "2001:db9::5") == verdict::pass);
    CHECK(result(example("v=spf1 ip4:192.0.2.5 -all"), "::ffff:192.0.2.5") == verdict::pass);
}

TEST_CASE("a domain without a record says nothing, with two it is wrong", "[spf][check_host]") {
    CHECK(zone().check("192.0.2.1", "example.com").result == verdict::none);
    CHECK(zone().check("192.0.2.1", "localhost").result == verdict::none);
    auto all = example("v=spf1 -all");
    CHECK(
        result(all.txt("example.com", "google-site-verification=1"), "192.0.2.1") == verdict::fail
    );
    CHECK(result(all.txt("example.com", "v=spf1 +all"), "192.0.2.1") == verdict::permerror);
    zone broken;
    broken.broken("example.com", record_type::txt);
    CHECK(result(broken, "192.0.2.1") == verdict::temperror);
}

TEST_CASE(
    "an included domain without a record is an error, its fail is no match", "[spf][check_host]"
) {
    auto all = example("v=spf1 include:x.example.com ~all");
    CHECK(result(all, "192.0.2.1") == verdict::permerror);
    all.txt("x.example.com", "v=spf1 -all");
    CHECK(result(all, "192.0.2.1") == verdict::softfail);
    auto redirected = example("v=spf1 redirect=x.example.com");
    CHECK(result(redirected, "192.0.2.1") == verdict::permerror);
    redirected.broken("x.example.com", record_type::txt);
    CHECK(result(redirected, "192.0.2.1") == verdict::temperror);
}

TEST_CASE("ten terms may ask the DNS, and no eleventh", "[spf][check_host]") {
    auto all = example("v=spf1 include:i1.example.com -all");
    for (int at = 1; at <= 9; ++at) {
        const auto next = "i" + std::to_string(at + 1) + ".example.com";
        all.txt("i" + std::to_string(at) + ".example.com", "v=spf1 include:" + next + " -all");
    }
    auto ten = all;
    ten.txt("i10.example.com", "v=spf1 ip4:192.0.2.1 -all");
    const auto good = ten.check("192.0.2.1", "example.com");
    CHECK(good.result == verdict::pass);
    CHECK(good.lookups == 10);
    all.txt("i10.example.com", "v=spf1 a:amy.example.com -all");
    const auto bad = all.check("192.0.2.65", "example.com");
    CHECK(bad.result == verdict::permerror);
    CHECK(bad.reason.find("more than ten") != std::string::npos);
    // A circle ends, too.
    CHECK(result(example("v=spf1 include:example.com -all"), "192.0.2.1") == verdict::permerror);
    CHECK(result(example("v=spf1 redirect=example.com"), "192.0.2.1") == verdict::permerror);
}

TEST_CASE("two look-ups may find nothing, and no third", "[spf][check_host]") {
    CHECK(
        result(example("v=spf1 a:n1.example.com a:n2.example.com ip4:192.0.2.1"), "192.0.2.1") ==
        verdict::pass
    );
    CHECK(
        result(
            example("v=spf1 a:n1.example.com mx:n2.example.com exists:n3.example.com"), "192.0.2.1"
        ) == verdict::permerror
    );
}

TEST_CASE("more than ten MX hosts are an error", "[spf][check_host]") {
    auto all = example("v=spf1 mx:many.example.com -all");
    for (int at = 0; at < 11; ++at)
        all.mx("many.example.com", "amy.example.com");
    CHECK(result(all, "192.0.2.65") == verdict::permerror);
}

TEST_CASE("a look-up that fails is temporary", "[spf][check_host]") {
    auto all = example("v=spf1 a:x.example.com +all");
    all.broken("x.example.com", record_type::a);
    const auto end = all.check("192.0.2.1", "example.com");
    CHECK(end.result == verdict::temperror);
    CHECK(end.reason.starts_with("x.example.com: "));
}

TEST_CASE("the mechanism that matches is named", "[spf][check_host]") {
    CHECK(example("v=spf1 a MX -all").check("192.0.2.129", "example.com").reason == "MX");
    const auto wrong = example("v=spf1 ip4:192.0.2.300 -all").check("192.0.2.1", "example.com");
    CHECK(wrong.reason == "the record of example.com has a mistake in \"ip4:192.0.2.300\"");
}
