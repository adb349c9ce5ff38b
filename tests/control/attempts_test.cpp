#include "relay/control/attempts.hpp"

#include <boost/json/array.hpp>

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir;
using control::attempts_json;

namespace {

const queue::message_id ours(77);

std::string event(const std::string& name, const std::string& recipient, int number) {
    return R"({"ts":"2026-11-28T05:00:00Z","event":")" + name + R"(","queue_id":")" + ours.text() +
           R"(","from":"a@b.test","to":")" + recipient + R"(","attempt":)" +
           std::to_string(number) +
           R"(,"mx_host":"mx.one.test","mx_ip":"192.0.2.1","enhanced":"4.2.2","response":"full"})";
}

queue::stored_message waiting(std::uint32_t attempts) {
    queue::stored_message made;
    made.mail.id = ours;
    made.mail.recipients = {{"eve@one.test"}, {"bob@one.test"}};
    made.states = {
        {.index = 1, .attempts = attempts, .status = "4.2.2", .diagnostic = "full", .remote = ""}
    };
    return made;
}

}  // namespace

TEST_CASE("each attempt of a message, with its reply", "[control]") {
    const history::finding found{
        .lines =
            {R"({"event":"received","queue_id":")" + ours.text() + R"("})",
             event("delivered", "eve@one.test", 1),
             event("deferred", "bob@one.test", 1),
             "{no event",
             event("deferred", "bob@one.test", 2)},
    };
    const auto all = attempts_json(found, waiting(2), true);
    const auto& attempts = all.at("attempts").as_array();
    REQUIRE(attempts.size() == 3);
    const auto& last = attempts.at(2).as_object();
    CHECK(last.at("address") == "bob@one.test");
    CHECK(last.at("attempt") == 2);
    CHECK(last.at("outcome") == "deferred");
    CHECK(last.at("remote") == "mx.one.test [192.0.2.1]");
    CHECK(last.at("reply") == "full");
    CHECK(all.at("attempts_missing") == 0);
    CHECK_FALSE(all.contains("attempts_note"));
}

TEST_CASE("what the history does not have any more is said", "[control]") {
    history::finding found{.lines = {event("deferred", "bob@one.test", 5)}};
    const auto all = attempts_json(found, waiting(5), true);
    CHECK(all.at("attempts_missing") == 4);
    CHECK(all.at("attempts_note").as_string().find("KURIR_HISTORY,") != std::string::npos);
    found.more = true;
    CHECK(
        attempts_json(found, waiting(5), true).at("attempts_note") == "there are older ones: limit"
    );
    const auto none = attempts_json({}, waiting(5), false);
    CHECK(none.at("attempts_missing") == 5);
    CHECK(none.at("attempts_note").as_string().starts_with("KURIR_HISTORY=0"));
}
