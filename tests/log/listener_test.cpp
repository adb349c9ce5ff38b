#include <string>
#include <utility>
#include <vector>

#include "relay/log/log.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;

namespace {

class attentive final : public log::listener {
public:
    attentive() { log::add_listener(*this); }
    attentive(const attentive&) = delete;
    attentive& operator=(const attentive&) = delete;
    ~attentive() override { log::remove_listener(*this); }

    void hear(std::string_view name, std::string_view line) override {
        heard.emplace_back(name, line);
    }

    std::vector<std::pair<std::string, std::string>> heard;
};

}  // namespace

TEST_CASE("a listener hears JSON, whatever the log's form and level", "[log]") {
    const auto form = GENERATE(log::format::json, log::format::text, log::format::postfix);
    const auto least = GENERATE(log::level::debug, log::level::info, log::level::warning);
    const log::capture captured(form, least);
    attentive listener;
    log::event(log::level::debug, "detail").with("n", 1);
    log::event(log::level::info, "received")
        .with("queue_id", "1A")
        .with("size", 7)
        .with("age", 0.5)
        .with("tls", true);
    REQUIRE(listener.heard.size() == 1);
    CHECK(listener.heard[0].first == "received");
    CHECK_THAT(
        listener.heard[0].second,
        ContainsSubstring(R"("event":"received","queue_id":"1A","size":7,"age":0.5,"tls":true})")
    );
    const bool is_written = least != log::level::warning;
    CHECK(captured.lines().empty() != is_written);
}

TEST_CASE("addresses are hidden from listeners, too", "[log]") {
    const log::capture captured(
        log::options{.form = log::format::text, .hidden = {.way = log::redaction::manner::smart}}
    );
    attentive listener;
    log::event(log::level::info, "delivered").with("to", "john.doe@example.com");
    REQUIRE(listener.heard.size() == 1);
    CHECK_THAT(listener.heard[0].second, ContainsSubstring("j***oe@example.com"));
    CHECK(log::as_logged("john.doe@example.com") == "j***oe@example.com");
}

TEST_CASE("who listens no more hears nothing, and the level is the log's own again", "[log]") {
    const log::capture captured(log::format::json, log::level::warning);
    {
        attentive listener;
        log::event(log::level::info, "received");
        CHECK(listener.heard.size() == 1);
    }
    attentive second;
    log::remove_listener(second);
    log::event(log::level::info, "received");
    CHECK(second.heard.empty());
    CHECK(captured.lines().empty());
}
