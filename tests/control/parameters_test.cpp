#include "relay/control/parameters.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using control::limit_of;
using control::parameters_of;
using control::read_end;

namespace {

control::parameters asked_for(const std::string& query) {
    admin::request asked;
    asked.target("/api/v1/things" + query);
    return parameters_of(asked, {"name", "limit"});
}

}  // namespace

TEST_CASE("parameters are decoded, and none is ignored", "[control]") {
    CHECK(asked_for("").wrong.empty());
    CHECK(asked_for("?name=a%0Ab").at("name") == "a\nb");
    CHECK(asked_for("?name=x").at("limit").empty());
    CHECK(asked_for("?names=x").wrong == "there is no parameter names");
    CHECK_FALSE(asked_for("?name=%x").wrong.empty());
}

TEST_CASE("the limit of a page", "[control]") {
    auto given = asked_for("?limit=1000");
    CHECK(limit_of(given, 10, 1000) == 1000);
    CHECK(given.wrong.empty());
    given = asked_for("");
    CHECK(limit_of(given, 10, 1000) == 10);
    for (const auto* text : {"?limit=0", "?limit=1001", "?limit=x", "?limit=-1"}) {
        given = asked_for(text);
        CHECK(limit_of(given, 10, 1000) == 10);
        CHECK(given.wrong == "limit is from 1 to 1000");
    }
}

TEST_CASE("when something ends that an operator begins", "[control]") {
    const suppression::seconds_time noon{1'800'000'000s};
    CHECK_FALSE(read_end("", "", noon).at);
    CHECK(read_end("", "", noon).wrong.empty());
    CHECK(read_end("", "2h", noon).at == noon + 2h);
    CHECK(read_end("", "1ms", noon).wrong.find("for is a duration") == 0);
    CHECK_FALSE(read_end("", "soon", noon).wrong.empty());
    CHECK_FALSE(read_end("", "99999d", noon).wrong.empty());
    CHECK(read_end("2030-01-31", "", noon).at == suppression::seconds_time(1'896'048'000s));
    CHECK(read_end("2020-01-31", "", noon).wrong == "until is over");
    CHECK(read_end("x", "", noon).wrong.find("until is a time") == 0);
    CHECK(read_end("2030-01-31", "2h", noon).wrong == "until and for exclude each other");
}
