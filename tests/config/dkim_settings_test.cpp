// KURIR_DKIM_KEY_DIR and its kin.
#include <string>

#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

environment with(const std::string& name, const std::string& value) {
    return {{"KURIR_DKIM_KEY_DIR", "/etc/dkim"}, {"KURIR_DKIM_" + name, value}};
}

}  // namespace

TEST_CASE("nothing is signed without a folder of keys", "[config][dkim]") {
    CHECK_FALSE(good({}).config.dkim.given());
    for (const std::string name : {"SELECTOR", "DOMAINS", "DEFAULT", "LIFETIME"}) {
        const auto variable = "KURIR_DKIM_" + name;
        const auto* const value = name == "LIFETIME" ? "30d" : "a.example";
        CHECK(
            only(bad({{variable, value}})) == variable + " is set, but KURIR_DKIM_KEY_DIR is not"
        );
    }
}

TEST_CASE("domains and selectors are read in any case", "[config][dkim]") {
    const auto dkim = good(with("DOMAINS", "A.Example, b.example=2026A c.example")).config.dkim;
    CHECK(
        dkim.domains ==
        std::vector<signed_domain>{{"a.example", ""}, {"b.example", "2026a"}, {"c.example", ""}}
    );
    CHECK(good(with("SELECTOR", "202611")).config.dkim.selector == "202611");
    CHECK(good(with("DEFAULT", "A.Example")).config.dkim.default_domain == "a.example");
}

TEST_CASE("a lifetime is longer than mail may wait", "[config][dkim]") {
    CHECK(good(with("LIFETIME", "none")).config.dkim.lifetime == 0ms);
    CHECK(good(with("LIFETIME", "30d")).config.dkim.lifetime == 720h);
    CHECK_THAT(only(bad(with("LIFETIME", "1d"))), ContainsSubstring("KURIR_MAX_QUEUE_TIME"));
}

TEST_CASE("a mistake about signatures is told", "[config][dkim]") {
    const auto [name, value, words] = GENERATE(table<std::string, std::string, std::string>({
        {"DOMAINS", "example", "no domain name with a dot"},
        {"DOMAINS", "a.example=", "whose selector is none"},
        {"DOMAINS", "a.example=x y", "no domain name with a dot"},
        {"DOMAINS", "a.example a.example=b", "has a.example twice"},
        {"SELECTOR", "a/b", "is no selector"},
        {"SELECTOR", ".a", "is no selector"},
        {"DEFAULT", "example", "is not a domain name"},
        {"LIFETIME", "soon", "KURIR_DKIM_LIFETIME"},
    }));
    CHECK_THAT(only(bad(with(name, value))), ContainsSubstring(words));
    CHECK_THAT(
        only(bad({{"KURIR_DKIM_KEY_DIR", "-----BEGIN PRIVATE KEY-----"}})),
        ContainsSubstring("give the path of the folder")
    );
}
