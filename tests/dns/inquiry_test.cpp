#include "dns/inquiry.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir;
using dns::answer;
using dns::errc;
using dns::inquiry;

namespace {

const answer found{.exchanges = {{"mx.test", 10}}};
const answer no_data{.error = errc::no_data};
const answer unconfirmed{.error = errc::not_found, .unconfirmed = true};

// The servers that are asked as long as all say that.
std::string asked_while(const dns::result<answer>& said) {
    inquiry way({0, 1});
    std::string asked;
    while (const auto step = way.next()) {
        asked += std::to_string(step->server) + (step->edns ? "e " : "p ");
        way.heard(said);
    }
    return asked;
}

}  // namespace

TEST_CASE("D2 whatever is no proof leads to every server, with and without EDNS", "[dns]") {
    const auto failure = GENERATE(
        errc::servfail,
        errc::refused,
        errc::malformed,
        errc::unproven,
        errc::timeout,
        errc::unreachable
    );
    CAPTURE(static_cast<int>(failure));
    CHECK(asked_while(failure) == "0e 1e 0p 1p ");
    CHECK(asked_while(unconfirmed) == "0e 1e 0p 1p ");
    CHECK(asked_while(found) == "0e ");
    CHECK(asked_while(no_data) == "0e ");
    // What this machine lacks, it lacks for every server.
    CHECK(asked_while(errc::shortage) == "0e ");
}

TEST_CASE("D2 what is proven by the next server is believed", "[dns]") {
    for (const auto& better : {found, no_data}) {
        inquiry way({0, 1});
        way.next();
        way.heard(errc::unproven);
        CHECK_FALSE(way.outcome());
        way.next();
        way.heard(better);
        REQUIRE(way.outcome());
        CHECK(way.outcome()->value().error == better.error);
        way.heard(errc::servfail);  // from whoever is late
        CHECK(way.outcome()->has_value());
    }
}

TEST_CASE("D2 a name that one server denies without proof is asked for elsewhere", "[dns]") {
    inquiry way({0, 1});
    way.next();
    way.heard(unconfirmed);
    CHECK_FALSE(way.outcome());
    CHECK(way.best()->error == errc::not_found);
    way.next();
    SECTION("one that knows it is right") {
        way.heard(found);
        CHECK_FALSE(way.outcome()->value().error);
    }
    SECTION("if nobody knows it, it is not there") {
        for (int i = 0; i < 3; ++i)
            way.heard(errc::servfail);
        CHECK(way.outcome()->value().error == errc::not_found);
    }
}

TEST_CASE("the most telling failure is told", "[dns]") {
    const auto told = [](std::initializer_list<errc> failures) {
        inquiry way({0, 1});
        for (const auto each : failures)
            way.heard(each);
        return way.best().error();
    };
    CHECK(told({}) == errc::timeout);
    CHECK(told({errc::unreachable}) == errc::unreachable);
    CHECK(told({errc::unreachable, errc::timeout}) == errc::timeout);
    CHECK(told({errc::timeout, errc::servfail, errc::timeout}) == errc::servfail);
    CHECK(told({errc::unproven, errc::servfail}) == errc::unproven);
}
