#include "relay/tokens/check.hpp"

#include <openssl/hmac.h>

#include <array>

#include "tests/tokens/signer.hpp"

using namespace kurir;
using namespace kurir::tokens;
using namespace tests;
using namespace std::chrono_literals;

namespace {

const base::sys_milliseconds today{std::chrono::seconds(1'800'000'000)};
const token_terms terms{.issuer = "https://id.example", .audiences = {"kurir", "mail"}};

// Good claims, with these in front: of two with one name the last counts, so `more` must have
// others.
std::string claims(const std::string& more = "", const std::string& user = R"("sub":"billing")") {
    return "{" + more + R"("iss":"https://id.example","aud":"kurir","exp":1800000300,)" + user +
           "}";
}

std::string claims_at(const std::string& dates) {
    return R"({"iss":"https://id.example","aud":"kurir","sub":"billing")" + dates + "}";
}

key_set keys_of(const std::vector<std::string>& keys) {
    auto read = key_set::parse(set_of(keys));
    REQUIRE(read.has_value());
    return *read;
}

const signer& some() {
    static const auto made = signer::p256();
    return made;
}

// What is wrong with a token of `some`, which is the only one whose key is known.
std::optional<token_fault> fault_of(const std::string& token) {
    static const auto keys = keys_of({some().key("a")});
    const auto checked = check_token(token, keys, terms, today);
    return checked ? std::nullopt : std::optional(checked.error());
}

std::string hmac(const std::string& key, const std::string& text) {
    std::array<unsigned char, 32> made;
    ::HMAC(
        EVP_sha256(),
        key.data(),
        static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(text.data()),
        text.size(),
        made.data(),
        nullptr
    );
    return {reinterpret_cast<const char*>(made.data()), made.size()};
}

}  // namespace

TEST_CASE("A token that is signed by a known key says who its user is", "[tokens]") {
    const std::vector<signer> all{signer::rsa(), signer::p256(), signer::ed25519()};
    const auto keys = keys_of({all[0].key("a"), all[1].key("b"), all[2].key("c")});
    for (const auto& each : all) {
        const std::string id = each.algorithm() == "RS256"   ? "a"
                               : each.algorithm() == "ES256" ? "b"
                                                             : "c";
        const auto checked = check_token(each.token(claims(), id), keys, terms, today);
        CAPTURE(each.algorithm());
        REQUIRE(checked.has_value());
        CHECK(*checked == "billing");
    }
}

TEST_CASE("A token that was changed anywhere is refused", "[tokens]") {
    const auto token = some().token(claims(), "a");
    REQUIRE_FALSE(fault_of(token));
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    for (std::size_t at = first + 1; at < token.size(); ++at) {
        if (at == last) continue;
        auto changed = token;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        CAPTURE(at);
        CHECK(fault_of(changed).has_value());
    }
    CHECK(fault_of(signer::p256().token(claims(), "a")) == token_fault::signature);
    CHECK(fault_of(token.substr(0, last + 1)) == token_fault::signature);
    CHECK(fault_of(token.substr(0, last)) == token_fault::malformed);
}

TEST_CASE("A token is never accepted by another algorithm than that of the key", "[tokens]") {
    const auto rsa = signer::rsa();
    const auto keys = keys_of({rsa.key("a")});
    const auto fault = [&](const std::string& token) {
        const auto checked = check_token(token, keys, terms, today);
        REQUIRE_FALSE(checked.has_value());
        return checked.error();
    };
    for (const auto* name :
         {"none",
          "None",
          "NONE",
          "nOnE",
          "",
          "HS256",
          "HS512",
          "RS1",
          "RS512",
          "PS256",
          "ES384",
          "rs256",
          "RS256 "}) {
        const auto header = R"({"alg":")" + std::string(name) + R"(","kid":"a"})";
        CAPTURE(name);
        CHECK(fault(rsa.sign(header, claims())) == token_fault::algorithm);
        const auto text = base64url(header) + '.' + base64url(claims());
        CHECK(fault(text + '.') == token_fault::algorithm);
        // The public key as a shared secret.
        const auto forged = text + '.' + base64url(hmac(rsa.public_bytes(), text));
        CHECK(fault(forged) == token_fault::algorithm);
    }
    CHECK(fault(some().token(claims(), "a")) == token_fault::unknown_key);
    const auto typed = R"({"alg":1,"kid":"a"})";
    CHECK(fault(rsa.sign(typed, claims())) == token_fault::malformed);
    CHECK(fault(rsa.sign(R"({"kid":"a"})", claims())) == token_fault::malformed);
    CHECK(
        fault(rsa.sign(R"({"alg":"RS256","kid":"a","crit":["x"]})", claims())) ==
        token_fault::malformed
    );
}

TEST_CASE("A token's key is the one that it names, or the only one", "[tokens]") {
    const auto other = signer::p256();
    const auto single = keys_of({some().key("a")});
    const auto both = keys_of({some().key("a"), other.key("b")});
    const auto rotated = keys_of({other.key("b")});
    const auto same_name = keys_of({other.key("a"), some().key("a")});
    const auto named = some().token(claims(), "a");
    const auto nameless = some().token(claims());
    const auto user = [&](const std::string& token, const key_set& keys) {
        return check_token(token, keys, terms, today).has_value();
    };
    CHECK(user(named, single));
    CHECK(user(named, both));
    CHECK(user(named, same_name));
    CHECK(user(nameless, single));
    CHECK_FALSE(user(nameless, both));
    CHECK(check_token(named, rotated, terms, today).error() == token_fault::unknown_key);
    CHECK(
        check_token(some().token(claims(), "c"), single, terms, today).error() ==
        token_fault::unknown_key
    );
    CHECK(fault_of(some().sign(R"({"alg":"ES256","kid":7})", claims())) == token_fault::malformed);
    // Keys without names fit a token that names none.
    CHECK(user(nameless, keys_of({some().key()})));
    CHECK_FALSE(user(named, keys_of({some().key()})));
}

TEST_CASE("A token must be of our issuer and for us", "[tokens]") {
    const auto fault = [](const std::string& issuer_and_audience) {
        return fault_of(
            some().token("{" + issuer_and_audience + R"("exp":1800000300,"sub":"billing"})", "a")
        );
    };
    const std::string issuer = R"("iss":"https://id.example",)";
    CHECK_FALSE(fault(issuer + R"("aud":"kurir",)"));
    CHECK_FALSE(fault(issuer + R"("aud":["other","mail"],)"));
    for (const auto* wrong :
         {"",
          R"("aud":"other",)",
          R"("aud":[],)",
          R"("aud":["Kurir"],)",
          R"("aud":7,)",
          R"("aud":[7,null],)",
          R"("aud":{"kurir":1},)",
          R"("aud":"kurir mail",)"})
        CHECK(fault(issuer + wrong) == token_fault::audience);
    for (const auto* wrong :
         {"",
          R"("iss":"https://id.example/",)",
          R"("iss":["https://id.example"],)",
          R"("iss":"HTTPS://id.example",)"})
        CHECK(fault(wrong + std::string(R"("aud":"kurir",)")) == token_fault::issuer);
}

TEST_CASE("A token has its time, with a minute for clocks that differ", "[tokens]") {
    const auto fault = [](const std::string& dates) {
        return fault_of(some().token(claims_at(dates), "a"));
    };
    CHECK_FALSE(fault(R"(,"exp":1799999941)"));
    CHECK(fault(R"(,"exp":1799999940)") == token_fault::expired);
    CHECK_FALSE(fault(R"(,"exp":1800000300.5)"));
    CHECK_FALSE(fault(R"(,"exp":1.8000003e9)"));
    CHECK_FALSE(fault(R"(,"exp":1800000300,"nbf":1800000060,"iat":1800000060)"));
    CHECK(fault(R"(,"exp":1800000300,"nbf":1800000061)") == token_fault::not_yet_valid);
    CHECK(fault(R"(,"exp":1800000300,"iat":1800000061)") == token_fault::not_yet_valid);
    for (const auto* wrong :
         {"",
          R"(,"exp":"1800000300")",
          R"(,"exp":null)",
          R"(,"exp":1e300)",
          R"(,"exp":-1e300)",
          R"(,"exp":99999999999999999999999)",
          R"(,"exp":1800000300,"nbf":"1")",
          R"(,"exp":1800000300,"iat":[])"})
        CHECK(fault(wrong) == token_fault::malformed);
    CHECK(fault(R"(,"exp":-1)") == token_fault::expired);
}

TEST_CASE("The user is the claim that the terms name, and a name that users may have", "[tokens]") {
    const auto keys = keys_of({some().key("a")});
    auto by_mail = terms;
    by_mail.user_claim = "email";
    const auto token =
        some().token(claims(R"("email":"shop@example.org",)", R"("sub":"4711")"), "a");
    CHECK(*check_token(token, keys, by_mail, today) == "shop@example.org");
    CHECK(*check_token(token, keys, terms, today) == "4711");
    for (const auto& wrong :
         {std::string(R"("x":1)"),
          std::string(R"("sub":"")"),
          std::string(R"("sub":7)"),
          std::string(R"("sub":["billing"])"),
          std::string(R"("sub":"a\nb")"),
          std::string(R"("sub":"a\u0000b")"),
          std::string(R"("sub":"cert:app")"),
          R"("sub":")" + std::string(256, 'x') + "\""})
        CHECK(fault_of(some().token(claims("", wrong), "a")) == token_fault::user);
}

TEST_CASE("What is no token is refused, whatever it is", "[tokens]") {
    const auto header = base64url(R"({"alg":"ES256","kid":"a"})");
    for (const auto& text :
         {std::string(),
          std::string("."),
          std::string(".."),
          std::string("..."),
          std::string("a.b.c"),

          header + ".e30",
          std::string("e30.e30.e30.e30.e30"),
          base64url("[]") + ".e30.AAAA",
          base64url("{") + ".e30.AAAA",
          base64url(std::string(2000, '[')) + ".e30.AAAA",
          header + "=.e30.AAAA",
          header + ".e30.A",
          header + ".e30.A/AA",
          " " + some().token(claims(), "a"),
          some().token(claims(), "a") + "\n"})
        CHECK(fault_of(text) == token_fault::malformed);
    CHECK(fault_of(header + "..") == token_fault::signature);
    CHECK(fault_of(std::string(8193, 'a')) == token_fault::too_long);
    for (const auto* no_claims : {"[]", "7", "", "{}x", "{\"iss\":"})
        CHECK(fault_of(some().token(no_claims, "a")) == token_fault::malformed);
}

TEST_CASE("A client may not claim to be another user than its token says", "[tokens]") {
    const auto keys = keys_of({some().key("a")});
    const auto token = some().token(claims(), "a");
    for (const auto* claimed : {"", "billing"}) {
        const auto user = user_of_token(token, claimed, keys, terms, today);
        REQUIRE(user.has_value());
        CHECK(*user == "billing");
    }
    for (const auto* claimed : {"shop", "Billing"}) {
        const auto none = user_of_token(token, claimed, keys, terms, today);
        REQUIRE_FALSE(none.has_value());
        CHECK(none.error() == token_fault::other_user);
        CHECK(text_of(none.error()) == "other_user");
    }
    // A token that is not good says nothing of its user.
    const auto damaged = user_of_token(token + "x", "shop", keys, terms, today);
    REQUIRE_FALSE(damaged.has_value());
    CHECK(damaged.error() != token_fault::other_user);
}
