#include "relay/app/top_command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <string>
#include <utility>

#include "tests/support/catch.hpp"

using namespace kurir::app;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr auto sample_overview = R"({
  "seconds": {"received": [1, 2, 3], "delivered": [0, 0, 1]},
  "minutes": {"received": [10, 20], "delivered": [5, 5]},
  "states": [{"key": "deferred", "deliveries": 7, "recipients": 9, "bytes": 2048, "by_age": [],
              "oldest_at": "2026-11-27T00:00:00Z"}],
  "troubles": [{"key": "mx.example", "deliveries": 7, "why": ["Connection refused"]}],
  "failures": [{"ts": "2026-11-27T00:00:01Z", "event": "bounced", "to": "a\u001b@b.test"}]
})";

}  // namespace

TEST_CASE("the screen has rates, the queue, troubles and failures", "[app][top]") {
    const auto overview = boost::json::parse(sample_overview).as_object();
    const auto text = top_screen(overview, std::string::npos);
    CHECK_THAT(text, ContainsSubstring("received"));
    CHECK_THAT(text, ContainsSubstring("30"));
    CHECK_THAT(text, ContainsSubstring("deferred"));
    CHECK_THAT(text, ContainsSubstring("Connection refused"));
    CHECK_THAT(text, ContainsSubstring("bounced to a?@b.test"));
}

TEST_CASE("no line is wider than the terminal, and none ends within a character", "[app][top]") {
    auto overview = boost::json::parse(sample_overview).as_object();
    overview["troubles"].as_array().at(0).as_object()["why"] =
        boost::json::array{"äääääääääääääääääääää"};
    const auto text = top_screen(overview, 30);
    std::size_t start = 0;
    while (start < text.size()) {
        const auto end = text.find('\n', start);
        CHECK(end - start <= 30);
        start = end + 1;
    }
    CHECK(text.find("\xc3\n") == std::string::npos);
}

TEST_CASE("the newest failures are shown, the newest first", "[app][top]") {
    auto overview = boost::json::parse(sample_overview).as_object();
    boost::json::array failures;
    for (int number = 20; number > 0; --number) {
        failures.push_back(boost::json::object{
            {"ts", "2026-11-27T00:00:00Z"},
            {"event", "bounced"},
            {"queue_id", "number-" + std::to_string(number) + "."},
        });
    }
    overview["failures"] = std::move(failures);
    const auto text = top_screen(overview, std::string::npos);
    CHECK(text.find("number-20.") < text.find("number-11."));
    CHECK(text.find("number-11.") != std::string::npos);
    CHECK(text.find("number-10.") == std::string::npos);
}
