// Our certificates: what is read, what is wrong, and what we make ourselves.
#include "relay/net/server_certificate.hpp"

#include "relay/net/clock.hpp"
#include "tests/net/certificates.hpp"
#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using kurir::net::server_certificate;
using tests::text_of;
using part = server_certificate::mistake::part;

namespace {

server_certificate::mistake wrong(std::string_view certificate, std::string_view key) {
    const auto read = server_certificate::from_pem(certificate, key, "x");
    REQUIRE_FALSE(read.has_value());
    return read.error();
}

constexpr std::string_view protected_key = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiiaVIvTlw+7wICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAx/bvUqmPLkbOIYKhdgGmIEgZDX
tXBuBvUkhK2s+FuWdDS2f2zzGd1dvHHxDVJgsN7HFeEyyXFWpSpdCIJSUlVbkIvz
tG2XWHLnCBQBFKNGNmB3iSKR6Gx5s0SYJoTQJlB7rL0ivYzCqW40CwSDRMFh3mRP
A6pBjnYSwUJ0Tt6I7PMcALbXVxoQH5UBp0BM7PJjPxJ5vLzLDsVRlJ1Y8p9n9kk=
-----END ENCRYPTED PRIVATE KEY-----
)";

}  // namespace

TEST_CASE("a certificate is read with its key, in one text or two", "[net]") {
    tests::authority ca;
    const auto files = ca.issue({.names = "DNS:a.example,DNS:*.b.example"});
    const auto certificate = text_of(files.certificate);
    const auto key = text_of(files.key);
    for (const auto& both : {certificate + key, key + certificate}) {
        const auto read = server_certificate::from_pem(both, both, "both");
        REQUIRE(read.has_value());
        CHECK((*read)->first_name() == "a.example");
    }
    const auto read = server_certificate::from_pem(certificate + text_of(ca.file()), key, "two");
    REQUIRE(read.has_value());
    const auto& found = **read;
    CHECK(found.has_name("a.example"));
    CHECK(found.has_name("A.EXAMPLE"));
    CHECK(found.has_name("x.b.example"));
    CHECK_FALSE(found.has_name("b.example"));
    CHECK_FALSE(found.has_name("x.y.b.example"));
    CHECK_FALSE(found.has_name("c.example"));
    CHECK_FALSE(found.has_name(""));
    CHECK(found.origin() == "two");
    CHECK(found.valid_from() < kurir::net::calendar_now());
    CHECK(found.valid_until() > kurir::net::calendar_now() + 30min);
    CHECK(found.valid_until() < kurir::net::calendar_now() + 90min);
}

TEST_CASE("what is wrong with a certificate or its key is told apart", "[net]") {
    tests::authority ca;
    const auto first = ca.issue();
    const auto other = ca.issue();
    const auto certificate = text_of(first.certificate);
    const auto key = text_of(first.key);
    REQUIRE(server_certificate::from_pem(certificate, key, "x").has_value());

    const auto cut = certificate.substr(0, certificate.size() / 2);
    CHECK(wrong("", key).at == part::certificate);
    CHECK_THAT(wrong("", key).text, ContainsSubstring("no certificate"));
    CHECK_THAT(wrong(key, key).text, ContainsSubstring("no certificate"));
    CHECK(wrong(cut, key).at == part::certificate);
    CHECK(wrong(certificate + cut, key).at == part::certificate);
    auto garbled = certificate;
    garbled[garbled.size() / 2] = '*';
    CHECK_THAT(wrong(garbled, key).text, ContainsSubstring("can't be read"));

    CHECK(wrong(certificate, certificate).at == part::key);
    CHECK_THAT(wrong(certificate, certificate).text, ContainsSubstring("has no key"));
    CHECK(wrong(certificate, key.substr(0, key.size() / 2)).at == part::key);
    CHECK_THAT(wrong(certificate, text_of(other.key)).text, ContainsSubstring("another"));
    CHECK_THAT(
        wrong(text_of(ca.file()) + certificate, key).text, ContainsSubstring("than the first one")
    );
    CHECK(wrong(certificate, protected_key).at == part::key);
}

TEST_CASE("a certificate that we sign ourselves is for the host name", "[net]") {
    const std::string longest = std::string(60, 'a') + "." + std::string(60, 'b') + ".example";
    for (const std::string& name : {std::string("relay.test"), std::string("relay"), longest}) {
        CAPTURE(name);
        const auto text = server_certificate::self_signed(name);
        const auto read = server_certificate::from_pem(text, text, "made");
        REQUIRE(read.has_value());
        CHECK((*read)->has_name(name));
        CHECK((*read)->first_name() == name);
        CHECK((*read)->valid_from() <= kurir::net::calendar_now());
        CHECK((*read)->valid_until() > kurir::net::calendar_now() + std::chrono::years(5));
    }
    CHECK(server_certificate::self_signed("a.test") != server_certificate::self_signed("a.test"));
}
