#include "relay/config/pattern_map.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using kurir::config::pattern_map;

namespace {

pattern_map<std::string> with(const std::vector<std::string>& patterns) {
    pattern_map<std::string> map;
    for (const auto& each : patterns)
        REQUIRE(map.add(each, each));
    return map;
}

std::string found(const pattern_map<std::string>& map, std::string_view name) {
    const auto* value = map.find(name);
    return value == nullptr ? "nothing" : *value;
}

}  // namespace

TEST_CASE("the name, then the longest wildcard, then everyone", "[config][pattern_map]") {
    std::vector<std::string> patterns{"*", "*.example.org", "*.mx.example.org", "mx.example.org"};
    if (GENERATE(false, true)) patterns = {patterns.rbegin(), patterns.rend()};
    const auto map = with(patterns);

    CHECK(found(map, "mx.example.org") == "mx.example.org");
    CHECK(found(map, "a.mx.example.org") == "*.mx.example.org");
    CHECK(found(map, "a.b.mx.example.org") == "*.mx.example.org");
    CHECK(found(map, "a.example.org") == "*.example.org");
    CHECK(found(map, "example.org") == "*");
    CHECK(found(map, "badexample.org") == "*");
    CHECK(found(map, "") == "*");
}

TEST_CASE("without a pattern that fits nothing is found", "[config][pattern_map]") {
    CHECK(found(with({}), "example.org") == "nothing");
    const auto map = with({"*.example.org", "example.net", "[192.0.2.1]"});
    for (const auto* name : {"example.org", ".example.org", "org", "a.example.net", ""}) {
        CAPTURE(name);
        CHECK(found(map, name) == "nothing");
    }
    CHECK(found(map, "[192.0.2.1]") == "[192.0.2.1]");
    CHECK(found(map, "..example.org") == "*.example.org");
}

TEST_CASE("capitals don't matter, and a pattern is added once", "[config][pattern_map]") {
    auto map = with({"Example.ORG", "*.Example.ORG", "*"});
    CHECK(found(map, "eXample.org") == "Example.ORG");
    CHECK(found(map, "A.EXAMPLE.ORG") == "*.Example.ORG");
    for (const auto* again : {"EXAMPLE.org", "*.EXAMPLE.org", "*"}) {
        CAPTURE(again);
        CHECK_FALSE(map.add(again, "other"));
        REQUIRE(map.at(again) != nullptr);
        CHECK(*map.at(again) != "other");
    }
    CHECK(map.size() == 3);
    CHECK(map.at("example.net") == nullptr);
}

TEST_CASE("all that match are visited, the most specific first", "[config][pattern_map]") {
    const auto map = with({"*", "*.org", "a.example.org", "*.example.org", "*.net"});
    std::vector<std::string> visited;
    const bool stopped = map.for_each_match("a.example.org", [&](auto pattern, const auto&) {
        visited.emplace_back(pattern);
        return false;
    });
    CHECK_FALSE(stopped);
    CHECK(visited == std::vector<std::string>{"a.example.org", "*.example.org", "*.org", "*"});
}
