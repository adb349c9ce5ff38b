#include "relay/app/message_handover.hpp"

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::app;
using kind = handover_outcome::kind_of;

namespace {

constexpr auto good_id = "1M8H5CHNM0000";

// Another relay, or what passes for one: its answers in their order, and what it was asked.
struct other_relay {
    std::vector<admin::client::reply> answers = {};
    std::vector<std::string> asked = {};
    bool is_over = false;
    std::size_t time_for = 100;  // requests; then it is over

    handover_outcome offer() {
        message_handover subject(
            [this](std::string_view method, const std::string& target, const std::string&)
                -> base::result<admin::client::reply, std::string> {
                asked.push_back(std::string(method) + ' ' + target);
                if (asked.size() >= time_for) is_over = true;
                return answers.at(asked.size() - 1);
            },
            [this] { return is_over; }
        );
        bool is_read = false;
        return subject.hand_over("{}", [&is_read]() -> std::optional<std::string> {
            return std::exchange(is_read, true) ? "" : "content";
        });
    }
};

admin::client::reply said(unsigned status, std::string body) {
    return {status, std::move(body)};
}

std::string id_as(std::string_view field) {
    return "{\"" + std::string(field) + "\":\"" + good_id + "\"}";
}

}  // namespace

TEST_CASE("a message is there when a relay names the id that it has", "[app][handover]") {
    other_relay relay{
        .answers = {said(200, R"({"message":7})"), said(200, "{}"), said(201, id_as("id"))}
    };
    const auto outcome = relay.offer();
    CHECK(outcome.kind == kind::kept);
    CHECK(outcome.text == good_id);
    CHECK(
        relay.asked ==
        std::vector<std::string>{
            "POST /api/v1/messages",
            "PUT /api/v1/messages/7/content",
            "POST /api/v1/messages/7/keep"
        }
    );
}

TEST_CASE("a server that says yes to everything has taken nothing", "[app][handover]") {
    const auto* begun = GENERATE(
        "{}",
        R"({"message":0})",
        R"({"message":-1})",
        R"({"message":"7"})",
        R"({"known":null})",
        R"({"known":""})",
        R"({"known":"yes"})",
        R"({"status":"ok"})"
    );
    CAPTURE(begun);
    other_relay server{.answers = {said(200, begun), said(200, "{}"), said(200, "{}")}};
    const auto outcome = server.offer();
    CHECK(outcome.kind == kind::silent);
    CHECK_FALSE(outcome.may_be_there);
    CHECK(server.asked.size() == 1);
}

TEST_CASE("after the order to keep it, only an id says that it is there", "[app][handover]") {
    const auto* kept = GENERATE("{}", R"({"id":""})", R"({"id":7})", R"({"known":null})");
    CAPTURE(kept);
    other_relay server{
        .answers = {said(200, R"({"message":7})"), said(200, "{}"), said(200, kept)}
    };
    const auto outcome = server.offer();
    CHECK(outcome.kind == kind::unsure);
    CHECK(outcome.may_be_there);
}

TEST_CASE("a relay that knows some of the recipients may have sent to them", "[app][handover]") {
    const auto begun = GENERATE(as<std::string>{}, "", R"(,"some_known":true)");
    other_relay relay{.answers = {said(200, R"({"message":7)" + begun + "}"), said(507, "{}")}};
    const auto outcome = relay.offer();
    CHECK(outcome.kind == kind::silent);
    CHECK(outcome.unknown_there == begun.empty());
}

TEST_CASE("what was not sent for want of time is not there", "[app][handover]") {
    other_relay relay{.answers = {said(200, R"({"message":7})"), said(200, "{}")}, .time_for = 2};
    const auto outcome = relay.offer();
    CHECK(outcome.kind == kind::silent);
    CHECK_FALSE(outcome.may_be_there);
    CHECK(outcome.unknown_there);
    CHECK(relay.asked.size() == 2);
}

TEST_CASE("a server without this API is asked once", "[app][handover]") {
    other_relay server{.answers = {said(404, "not found")}};
    CHECK(server.offer().kind == kind::silent);
}

TEST_CASE("an exception is an answer: the message may be there", "[app][handover]") {
    const auto outcome = without_exceptions([]() -> handover_outcome {
        throw std::runtime_error("no descriptors");
    });
    CHECK(outcome.kind == kind::unsure);
    CHECK(outcome.may_be_there);
    CHECK(outcome.text == "no descriptors");
}
