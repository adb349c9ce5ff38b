// What waits to be posted on the notice board: the latest word on each thing, in order.
#include "relay/app/notice_outbox.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using app::notice_outbox;

namespace {

const net::clock::time_point outbox_start{1h};

queue::notice waiting_notice(std::string key, std::string value = "x") {
    return {
        .kind = queue::notice_kind::suppression, .key = std::move(key), .value = std::move(value)
    };
}

std::vector<std::string> keys_in(const notice_outbox::piece& those) {
    std::vector<std::string> keys;
    for (const auto& each : those.notices)
        keys.push_back(each.key);
    return keys;
}

}  // namespace

TEST_CASE("decisions are posted in their order, in pieces", "[app]") {
    notice_outbox outbox;
    outbox.put({waiting_notice("b"), waiting_notice("a"), waiting_notice("c")}, outbox_start);
    const auto first = outbox.front(2, outbox_start);
    CHECK(keys_in(first) == std::vector<std::string>{"b", "a"});
    CHECK(outbox.size() == 3);  // until they are on the board
    outbox.posted(first);
    CHECK(keys_in(outbox.front(2, outbox_start)) == std::vector<std::string>{"c"});
    outbox.posted(outbox.front(2, outbox_start));
    CHECK(outbox.empty());
    CHECK(outbox.front(2, outbox_start).notices.empty());
}

TEST_CASE("of what is decided twice only the latest counts", "[app]") {
    notice_outbox outbox;
    outbox.put({waiting_notice("a", "1"), waiting_notice("b")}, outbox_start);
    outbox.put({waiting_notice("a", "2")}, outbox_start);
    const auto all = outbox.front(10, outbox_start);
    CHECK(keys_in(all) == std::vector<std::string>{"b", "a"});
    CHECK(all.notices.back().value == "2");
    // Decided again while it was being posted.
    outbox.put({waiting_notice("a", "3")}, outbox_start);
    outbox.posted(all);
    CHECK(keys_in(outbox.front(10, outbox_start)) == std::vector<std::string>{"a"});
    CHECK(outbox.holds(queue::notice_kind::suppression, "a"));
    CHECK_FALSE(outbox.holds(queue::notice_kind::suspension, "a"));
    CHECK_FALSE(outbox.holds(queue::notice_kind::suppression, "b"));
}

TEST_CASE("what waits gets older, and is not posted once it is over", "[app]") {
    notice_outbox outbox;
    auto pause = waiting_notice("mx.test");
    pause.left = 60s;
    outbox.put({pause, waiting_notice("a")}, outbox_start);
    CHECK(outbox.front(1, outbox_start + 20s).notices.front().left == 40s);
    CHECK(keys_in(outbox.front(1, outbox_start + 60s)) == std::vector<std::string>{"a"});
    CHECK(outbox.size() == 1);
}

TEST_CASE("it knows how much waits, and since when", "[app]") {
    using kind = queue::notice_kind;
    notice_outbox outbox;
    CHECK_FALSE(outbox.oldest());
    outbox.put(
        {{.kind = queue::notice_kind::limits, .key = "mx", .left = 10min}}, outbox_start - 1min
    );
    CHECK_FALSE(outbox.oldest());  // nobody ordered it
    outbox.posted(outbox.front(1, outbox_start));
    outbox.put({waiting_notice("a"), waiting_notice("b")}, outbox_start);
    auto found = waiting_notice("mx.test");
    found.kind = kind::unreachable;
    found.left = 60s;
    outbox.put({found}, outbox_start + 1s);
    outbox.put({waiting_notice("a", "2")}, outbox_start + 2s);
    CHECK(outbox.count(kind::suppression) == 2);
    CHECK(outbox.count(kind::unreachable) == 1);
    CHECK(outbox.count(kind::suspension) == 0);
    CHECK(outbox.oldest() == outbox_start);
    outbox.posted(outbox.front(1, outbox_start + 2s));
    CHECK(outbox.count(kind::suppression) == 1);
    CHECK(outbox.oldest() == outbox_start + 1s);
    outbox.posted(outbox.front(10, outbox_start + 90s));
    CHECK(outbox.count(kind::suppression) == 0);
    CHECK(outbox.count(kind::unreachable) == 0);  // it was over
    CHECK_FALSE(outbox.oldest());
}
