#include "relay/tokens/key_set.hpp"

#include "tests/tokens/signer.hpp"

using namespace kurir::tokens;
using namespace tests;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string mistake(const std::string& text) {
    const auto read = key_set::parse(text);
    CAPTURE(text);
    REQUIRE_FALSE(read.has_value());
    return read.error();
}

std::size_t size_of(const std::vector<std::string>& keys) {
    const auto read = key_set::parse(set_of(keys));
    REQUIRE(read.has_value());
    return read->size();
}

}  // namespace

TEST_CASE("Keys of each kind are read, others are skipped", "[tokens]") {
    const auto good = signer::p256().key("a");
    CHECK(size_of({signer::rsa().key("a"), good, signer::ed25519().key("c")}) == 3);
    CHECK(size_of({good, signer::p384().key("b")}) == 1);
    CHECK(size_of({good, R"({"kty":"oct","k":"AAAA","alg":"HS256","kid":"s"})"}) == 1);
    CHECK(size_of({good, signer::rsa().key("e", R"("use":"enc",)")}) == 1);
    CHECK(size_of({good, signer::rsa().key("p", R"("alg":"PS256",)")}) == 1);
    CHECK(size_of({good, signer::rsa().key("s", R"("use":"sig","alg":"RS256",)")}) == 2);
    CHECK(size_of({good, R"({"kid":"nothing"})"}) == 1);
    CHECK(size_of({good, R"({"kty":"OKP","crv":"X25519","x":"AAAA"})"}) == 1);
}

TEST_CASE("A set without a usable key, or that is none, is a mistake", "[tokens]") {
    for (const auto* text : {"", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[]", "{\"keys\":[]}x"})
        CHECK_THAT(mistake(text), ContainsSubstring("no set"));
    CHECK_THAT(mistake(R"({"keys":[]})"), ContainsSubstring("no key"));
    CHECK_THAT(mistake(R"({"keys":[7]})"), ContainsSubstring("no object"));
    CHECK_THAT(mistake(set_of({signer::p384().key("b")})), ContainsSubstring("no key"));
    CHECK_THAT(mistake(std::string(key_set::text_max + 1, ' ')), ContainsSubstring("too large"));
    CHECK_THAT(
        mistake(set_of(std::vector<std::string>(101, "{}"))), ContainsSubstring("too many keys")
    );
    CHECK_THAT(
        mistake(set_of({signer::p256().key(std::string(256, 'x'))})), ContainsSubstring("long kid")
    );
}

TEST_CASE("A key that is weak or broken is a mistake", "[tokens]") {
    CHECK_THAT(mistake(set_of({signer::rsa(1024).key("a")})), ContainsSubstring("RS256"));
    const std::string ec = R"({"kty":"EC","crv":"P-256",)";
    const std::string zeros = base64url(std::string(32, '\0'));
    const auto number = [](int size) {
        return base64url(std::string(static_cast<std::size_t>(size), '\xff'));
    };
    for (const auto& key : {
             ec + R"("x":")" + zeros + R"(","y":")" + zeros + "\"}",  // not on the curve
             ec + R"("x":"AAAA","y":"AAAA"})",
             ec + R"("x":"","y":""})",
             ec + R"("x":"!","y":"!"})",
             std::string(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})"),
             std::string(R"({"kty":"OKP","crv":"Ed25519"})"),
             R"({"kty":"RSA","n":")" + number(256) + R"(","e":"AQ"})",     // an exponent of one
             R"({"kty":"RSA","n":")" + number(256) + R"(","e":"Ag"})",     // an even one
             R"({"kty":"RSA","n":")" + number(1025) + R"(","e":"AQAB"})",  // it would take long
             R"({"kty":"RSA","n":")" + number(256) + R"(","e":")" + number(9) + "\"}",
             std::string(R"({"kty":"RSA","e":"AQAB"})"),
         })
        CHECK_THAT(mistake(set_of({key})), ContainsSubstring("not valid"));
}
