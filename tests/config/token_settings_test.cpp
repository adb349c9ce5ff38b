// KURIR_OAUTH_JWKS and its kin: which tokens of clients are taken.
#include <string>

#include "relay/config/client_tokens.hpp"
#include "relay/config/watched_files.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

const environment whole{
    {"KURIR_OAUTH_JWKS", "https://login.example/keys"},
    {"KURIR_OAUTH_ISSUER", "https://login.example/"},
    {"KURIR_OAUTH_AUDIENCE", "kurir, api://mail"},
};

environment with(environment variables, const std::string& name, const std::string& value) {
    variables["KURIR_OAUTH_" + name] = value;
    return variables;
}

}  // namespace

TEST_CASE("tokens are taken by their issuer's keys", "[config][tokens]") {
    const auto made = good(whole);
    const auto& tokens = made.config.client_tokens;
    CHECK(tokens.given());
    CHECK(fetches_keys(tokens));
    CHECK(tokens.issuer == "https://login.example/");
    CHECK(tokens.audiences == std::vector<std::string>{"kurir", "api://mail"});
    CHECK(tokens.user_claim == "sub");
    CHECK(watched_files(made).empty());
    CHECK_FALSE(good({}).config.client_tokens.given());
}

TEST_CASE("a file of keys is watched", "[config][tokens]") {
    const auto made = good(with(whole, "JWKS", "/etc/kurir/keys.json"));
    CHECK_FALSE(fetches_keys(made.config.client_tokens));
    const auto files = watched_files(made);
    REQUIRE(files.size() == 1);
    CHECK(files.front().path == "/etc/kurir/keys.json");
    CHECK(files.front().setting == "KURIR_OAUTH_JWKS");
    CHECK_FALSE(files.front().is_value);
}

TEST_CASE("tokens of anybody are not taken", "[config][tokens]") {
    for (const auto* name : {"ISSUER", "AUDIENCE"}) {
        auto without = whole;
        without.erase(std::string("KURIR_OAUTH_") + name);
        const auto wrong = only(bad(without));
        CHECK_THAT(wrong, StartsWith("KURIR_OAUTH_JWKS is set, but KURIR_OAUTH_"));
        CHECK_THAT(wrong, ContainsSubstring(name));
        const auto variable = std::string("KURIR_OAUTH_") + name;
        CHECK(only(bad({{variable, "x"}})) == variable + " is set, but KURIR_OAUTH_JWKS is not");
    }
}

TEST_CASE("a mistake about tokens is told", "[config][tokens]") {
    const std::vector<std::tuple<std::string, std::string, std::string>> wrong{
        {"JWKS", "http://login.example/keys", "in clear"},
        {"JWKS", "ftp://login.example/keys", "neither a file nor an https URL"},
        {"JWKS", "https://", "is no URL"},
        {"JWKS", "https://a b/keys", "is no URL"},
        {"JWKS", "https://me:word@login.example/keys", "user name or password"},
        {"AUDIENCE", ",", "is empty"},
        {"ISSUER", "a b", "has a space"},
        {"CLAIM", "a\tb", "has a space or a control character"},
    };
    for (const auto& [name, value, words] : wrong) {
        CAPTURE(name, value);
        const auto told = bad(with(whole, name, value));
        CHECK_THAT(told.front(), StartsWith("KURIR_OAUTH_" + name));
        CHECK_THAT(told.front(), ContainsSubstring(words));
        CHECK_THAT(told.front(), !ContainsSubstring("word@"));
    }
}

TEST_CASE("tokens alone are logins", "[config][tokens]") {
    auto given = whole;
    given["KURIR_TLS_CERT"] = "/a.pem";
    CHECK(good(given).config.listen.size() == 3);
    CHECK_THAT(
        good(whole).warnings.front(), StartsWith("KURIR_OAUTH_JWKS is set, but no address of")
    );
}
