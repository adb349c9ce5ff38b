#include "relay/spf/macro.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;

namespace {

std::string expand(const char* spec, const char* client = "192.0.2.3") {
    return spf::expand(
        spec,
        {
            .sender = "strong-bad@email.example.com",
            .domain = "email.example.com",
            .client = boost::asio::ip::make_address(client),
            .hello = "relay.test",
        }
    );
}

}  // namespace

TEST_CASE("macros are expanded as in RFC 7208 section 7.4", "[spf][macro]") {
    CHECK(expand("%{s}") == "strong-bad@email.example.com");
    CHECK(expand("%{o}") == "email.example.com");
    CHECK(expand("%{d}") == "email.example.com");
    CHECK(expand("%{d4}") == "email.example.com");
    CHECK(expand("%{d3}") == "email.example.com");
    CHECK(expand("%{d2}") == "example.com");
    CHECK(expand("%{d1}") == "com");
    CHECK(expand("%{dr}") == "com.example.email");
    CHECK(expand("%{d2r}") == "example.email");
    CHECK(expand("%{l}") == "strong-bad");
    CHECK(expand("%{l-}") == "strong.bad");
    CHECK(expand("%{lr}") == "strong-bad");
    CHECK(expand("%{lr-}") == "bad.strong");
    CHECK(expand("%{l1r-}") == "strong");
    CHECK(expand("%{h}") == "relay.test");
    CHECK(expand("%{ir}.%{v}._spf.%{d2}") == "3.2.0.192.in-addr._spf.example.com");
    CHECK(expand("%{lr-}.lp._spf.%{d2}") == "bad.strong.lp._spf.example.com");
    CHECK(
        expand("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}") ==
        "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"
    );
    CHECK(
        expand("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}") == "3.2.0.192.in-addr.strong.lp._spf.example.com"
    );
    CHECK(expand("%{d2}.trusted-domains.example.net") == "example.com.trusted-domains.example.net");
    CHECK(
        expand("%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01") ==
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
    );
}

TEST_CASE("capital letters ask for URL escapes, percent signs have their own", "[spf][macro]") {
    CHECK(expand("%{S}") == "strong-bad%40email.example.com");
    CHECK(expand("a%%b%_c%-d") == "a%b c%20d");
}

TEST_CASE("a name that would be too long loses labels at its begin", "[spf][macro]") {
    const std::string label(60, 'x');
    const auto spec = label + '.' + label + '.' + label + '.' + label + ".%{d}";
    CHECK(expand(spec.c_str()) == label + '.' + label + '.' + label + ".email.example.com");
}

TEST_CASE("a domain-spec ends in a label with a letter, or in a macro", "[spf][macro]") {
    CHECK(spf::is_domain_spec("example.com"));
    CHECK(spf::is_domain_spec("_spf.example.com."));
    CHECK(spf::is_domain_spec("x%{d}"));
    CHECK_FALSE(spf::is_domain_spec("example"));
    CHECK_FALSE(spf::is_domain_spec("192.0.2.1"));
    CHECK_FALSE(spf::is_domain_spec("example.-x"));
    CHECK_FALSE(spf::is_domain_spec("exam ple.com"));
    CHECK_FALSE(spf::is_domain_spec("%{c}.example.com"));
}
