#include "relay/history/search.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir::history;

namespace {

const std::string sample =
    R"({"event":"received","queue_id":"1A","from":"App@Shop.test",)"
    R"("to":"bob@one.test, eve@one.test"})"
    "\n"
    R"({"event":"deferred","queue_id":"1A","from":"app@shop.test","to":"bob@one.test",)"
    R"("response":"<eve@one.test> is away"})"
    "\n"
    R"({"event":"rejected","from":"notbob@one.test","client_ip":"192.0.2.7","user":"shop"})"
    "\n"
    "no JSON, though it has bob@one.test\n"
    R"({"event":"delivered","queue_id":"1B","from":"","to":"\"a \\\"b\"@one.test"})"
    "\n"
    R"({"event":"delivered","queue_id":"1C","to":"bob@one.test")";  // still being written

}  // namespace

TEST_CASE("events are found by sender, recipient and id", "[history]") {
    CHECK(lines_about("app@shop.test", sample).size() == 2);
    CHECK(lines_about("BOB@ONE.TEST", sample).size() == 2);
    CHECK(lines_about("1a", sample).size() == 2);
    CHECK(lines_about("1B", sample).size() == 1);
    CHECK(lines_about("192.0.2.7", sample).size() == 1);
    CHECK(lines_about("shop", sample).size() == 1);
    CHECK(lines_about("\"a \\\"b\"@one.test", sample).size() == 1);
}

TEST_CASE("mail of another relay is found by the id that it had there", "[history]") {
    const std::string moved =
        R"({"event":"imported","queue_id":"1A","origin":"old.test/1Z/1Y/6f00"})"
        "\n";
    CHECK(lines_about("1z", moved).size() == 1);
    CHECK(lines_about("1A", moved).size() == 1);
    for (const auto* other : {"old", "old.test", "1Y", "6f00"})
        CHECK(lines_about(other, moved).empty());
    CHECK(lines_about("1", moved).empty());
}

TEST_CASE("an address that is only mentioned is no subject", "[history]") {
    CHECK(lines_about("eve@one.test", sample).size() == 1);
    CHECK(lines_about("one.test", sample).empty());
    CHECK(lines_about("", sample).empty());
    CHECK(lines_about("1C", sample).empty());
    CHECK(lines_about("received", sample).empty());
}
