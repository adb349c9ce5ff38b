#include "relay/config/remote_ignores.hpp"

#include "tests/support/catch.hpp"

using kurir::config::remote_ignores;

TEST_CASE("D12 rules name a host or domain and an extension", "[config][remote_ignores]") {
    remote_ignores rules;
    REQUIRE_FALSE(
        remote_ignores::read("mx.example:chunking,*.old.example:SIZE [192.0.2.1]:PIPELINING", rules)
    );
    CHECK(rules.has("mx.example", "CHUNKING"));
    CHECK(rules.has("MX.EXAMPLE", "CHUNKING"));
    CHECK_FALSE(rules.has("mx.example", "SIZE"));
    CHECK_FALSE(rules.has("a.mx.example", "CHUNKING"));
    CHECK(rules.has("a.old.example", "SIZE"));
    CHECK_FALSE(rules.has("old.example", "SIZE"));
    CHECK(rules.has("[192.0.2.1]", "PIPELINING"));
    CHECK(rules.text() == "mx.example:CHUNKING *.old.example:SIZE [192.0.2.1]:PIPELINING");

    REQUIRE_FALSE(remote_ignores::read("*:8BITMIME", rules));
    CHECK(rules.has("anything", "8BITMIME"));
    REQUIRE_FALSE(remote_ignores::read("", rules));
    CHECK(rules.empty());
}

TEST_CASE("D12 what is no rule is told", "[config][remote_ignores]") {
    remote_ignores rules;
    CHECK(remote_ignores::read("mx.example", rules));
    CHECK(remote_ignores::read(":CHUNKING", rules));
    // Such a name would be a comment once the rules are written.
    for (const std::string name : {"#mx.example", "mx..example", "*.", "*x"}) {
        CAPTURE(name);
        CHECK(remote_ignores::read("," + name + ":CHUNKING", rules));
    }
    const auto wrong = remote_ignores::read("mx.example:CHUNKY", rules);
    REQUIRE(wrong);
    CHECK(wrong->find("'CHUNKY'") != std::string::npos);
}
