#include "queue/schedule.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;

namespace {

const queue::time_point noon{std::chrono::milliseconds(1'800'000'000'000)};

queue::delivery due(std::uint64_t id, queue::time_point when, std::uint32_t attempts = 0) {
    queue::delivery made;
    made.id = queue::message_id(id);
    made.due = when;
    made.recipients = {0};
    made.domain = "example.com";
    made.received_at = noon - std::chrono::seconds(id);
    made.attempts = attempts;
    made.size = 1000 + id;
    made.sender = "192.0.2.0/24";
    made.entry = when;
    return made;
}

}  // namespace

TEST_CASE("a delivery comes out as it went in, not before it is due", "[queue][schedule]") {
    queue::schedule waiting;
    auto several = due(7, noon + 1min, 3);
    several.recipients = {2, 5, 9};
    several.entry = noon - 1h;
    waiting.insert(several);

    CHECK(waiting.next_due() == noon + 1min);
    CHECK_FALSE(waiting.pop_due(noon));
    CHECK((waiting.pop_due(noon + 1min) == several));
    CHECK(waiting.empty());
    CHECK_FALSE(waiting.next_due());
}

TEST_CASE("deliveries leave in order of time, then of their messages", "[queue][schedule]") {
    queue::schedule waiting;
    for (const std::uint64_t id : {5U, 3U, 9U, 1U})
        waiting.insert(due(id, noon));
    waiting.insert(due(2, noon - 1min));
    waiting.insert(due(4, noon + 1min));

    std::vector<std::uint64_t> order;
    while (const auto next = waiting.pop_due(noon))
        order.push_back(next->id.value());
    CHECK(order == std::vector<std::uint64_t>{2, 1, 3, 5, 9});
    CHECK(waiting.size() == 1);
}

TEST_CASE(
    "untried and deferred deliveries are counted apart, with their oldest", "[queue][schedule]"
) {
    queue::schedule waiting;
    waiting.insert(due(10, noon));
    waiting.insert(due(20, noon + 1s));
    auto several = due(30, noon + 2s, 1);
    several.recipients = {0, 1, 2};
    waiting.insert(several);

    CHECK(waiting.untried().deliveries == 2);
    CHECK(waiting.untried().oldest == noon - 20s);
    CHECK(waiting.deferred().recipients == 3);

    CHECK(waiting.pop_due(noon + 1s));
    CHECK(waiting.pop_due(noon + 1s));
    CHECK(waiting.untried().deliveries == 0);
    CHECK_FALSE(waiting.untried().oldest);
    CHECK(waiting.deferred().oldest == noon - 30s);
}

TEST_CASE("a hundred thousand deliveries come out in order", "[queue][schedule]") {
    queue::schedule waiting;
    constexpr std::uint64_t count = 100'000;
    std::uint64_t state = 1;
    for (std::uint64_t id = 1; id <= count; ++id) {
        state = state * 6364136223846793005 + 1442695040888963407;
        waiting.insert(due(id, noon + std::chrono::milliseconds(state >> 44)));
    }
    queue::time_point last{};
    std::uint64_t popped = 0;
    while (const auto next = waiting.pop_due(queue::time_point::max())) {
        REQUIRE(next->due >= last);
        last = next->due;
        ++popped;
    }
    CHECK(popped == count);
}
