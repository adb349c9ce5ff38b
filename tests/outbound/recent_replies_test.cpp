#include "relay/outbound/recent_replies.hpp"

#include <string>

#include "tests/support/catch.hpp"

using kurir::outbound::recent_replies;
using namespace std::chrono_literals;

TEST_CASE("the latest replies of the last hour, each text once", "[replies]") {
    recent_replies known;
    const kurir::net::clock::time_point noon{12h};
    known.add("451 later", noon);
    known.add("421 busy", noon + 1min);
    known.add("451 later", noon + 2min);
    const auto seen = known.at(noon + 3min);
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].text == "451 later");
    CHECK(seen[0].count == 2);
    CHECK(seen[1].text == "421 busy");
    CHECK(known.at(noon + 62min).size() == 1);
    CHECK(known.at(noon + 63min).empty());
}

TEST_CASE("replies take little, whatever a server says", "[replies]") {
    recent_replies known;
    const kurir::net::clock::time_point noon{12h};
    for (int i = 0; i < 100; ++i)
        known.add(std::to_string(i) + std::string(1000, 'x'), noon + i * 1s);
    const auto seen = known.at(noon + 2min);
    REQUIRE(seen.size() == recent_replies::texts_max);
    CHECK(seen.front().text.starts_with("99x"));
    CHECK(seen.front().text.size() == recent_replies::text_max);
    CHECK(seen.back().text.starts_with("95x"));
}
