#include "relay/app/shared_history.hpp"

#include <boost/json/parse.hpp>

#include "tests/support/catch.hpp"

using kurir::app::put_in_order;
using kurir::app::with_node;

TEST_CASE("a line of the shared history names its relay", "[app]") {
    const auto named = with_node(R"({"ts":"1","event":"received"})", "mail\"1");
    CHECK(named == R"({"ts":"1","event":"received","node":"mail\"1"})");
    CHECK(boost::json::parse(named).at("node").as_string() == "mail\"1");
}

TEST_CASE("lines of several relays are in the order of their times, each once", "[app]") {
    std::vector<std::string> lines{
        R"({"ts":"2026-11-29T01:00:02.000Z","event":"delivered"})",
        R"({"ts":"2026-11-29T01:00:03.000Z","event":"bounced"})",
        R"({"ts":"2026-11-29T01:00:02.000Z","event":"deferred"})",
        R"({"ts":"2026-11-29T01:00:02.000Z","event":"delivered"})",
        R"({"ts":"2026-11-29T01:00:01.000Z","event":"received"})",
    };
    put_in_order(lines);
    CHECK(
        lines ==
        std::vector<std::string>{
            R"({"ts":"2026-11-29T01:00:01.000Z","event":"received"})",
            R"({"ts":"2026-11-29T01:00:02.000Z","event":"delivered"})",
            R"({"ts":"2026-11-29T01:00:02.000Z","event":"deferred"})",
            R"({"ts":"2026-11-29T01:00:03.000Z","event":"bounced"})",
        }
    );
    lines = {"no time", "no time"};
    put_in_order(lines);
    CHECK(lines == std::vector<std::string>{"no time"});
}
