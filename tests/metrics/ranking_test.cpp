#include "metrics/ranking.hpp"

#include <set>
#include <string>

#include "tests/support/catch.hpp"

using namespace kurir;
using metrics::ranking;

namespace {

void count(ranking& names, const std::string& name, int times) {
    for (int i = 0; i < times; ++i)
        std::ignore = names.count(name);
}

}  // namespace

TEST_CASE(
    "ranking: the first names have the places until others are twice as frequent", "[metrics]"
) {
    ranking names(2);
    CHECK(names.count("a")->taken_over);
    CHECK_FALSE(names.count("a")->taken_over);
    CHECK(names.count("b")->taken_over);
    count(names, "b", 1);
    CHECK_FALSE(names.count("c"));
    count(names, "c", 2);
    const auto place = names.count("c");
    REQUIRE(place);
    CHECK(place->taken_over);
    const auto others = int(names.count("a").has_value()) + int(names.count("b").has_value());
    CHECK(others == 1);
}

TEST_CASE("ranking: frequent names are found among any number of rare ones", "[metrics]") {
    ranking names(3);
    const std::set<std::string> frequent{"gmail.example", "outlook.example", "yahoo.example"};
    for (int i = 0; i < 20'000; ++i) {
        std::ignore = names.count("rare" + std::to_string(i) + ".example");
        for (const auto& each : frequent)
            std::ignore = names.count(each);
    }
    for (const auto& each : frequent)
        CHECK(names.count(each));
    CHECK_FALSE(names.count("rare19999.example"));
}

TEST_CASE("ranking: the present decides", "[metrics]") {
    ranking names(1);
    count(names, "before", 150'000);
    count(names, "now", 450'000);
    CHECK(names.count("now"));
    CHECK_FALSE(names.count("before"));
}

TEST_CASE("ranking: without places nothing is kept", "[metrics]") {
    ranking names(0);
    CHECK_FALSE(names.count("a"));
}
