#include "queue/schedule.hpp"

#include <algorithm>

#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace tests;
using namespace std::chrono_literals;

namespace {

struct agenda {
    queue::backlog all;
    queue::schedule waiting{all};

    void insert(queue::delivery entry) { waiting.insert(all.insert(std::move(entry))); }
    std::vector<std::uint64_t> pop_all(queue::time_point now) {
        std::vector<std::uint64_t> order;
        while (const auto next = waiting.pop_due(now))
            order.push_back(all.id(*next).value());
        return order;
    }
};

}  // namespace

TEST_CASE("a delivery does not come before it is due", "[queue][schedule]") {
    agenda subject;
    subject.insert(delivery_due(7, noon + 1min));
    CHECK(subject.waiting.next_due() == noon + 1min);
    CHECK_FALSE(subject.waiting.pop_due(noon));
    CHECK(subject.waiting.pop_due(noon + 1min));
    CHECK(subject.waiting.empty());
    CHECK_FALSE(subject.waiting.next_due());
}

TEST_CASE("deliveries leave in order of time, then of their messages", "[queue][schedule]") {
    agenda subject;
    for (const std::uint64_t id : {5U, 3U, 9U, 1U})
        subject.insert(delivery_due(id, noon));
    subject.insert(delivery_due(2, noon - 1min));
    subject.insert(delivery_due(4, noon + 1min));

    CHECK(subject.pop_all(noon) == std::vector<std::uint64_t>{2, 1, 3, 5, 9});
    CHECK(subject.waiting.size() == 1);
}

TEST_CASE("what is taken out of the schedule does not come", "[queue][schedule]") {
    agenda subject;
    for (std::uint64_t id = 1; id <= 100; ++id)
        subject.insert(delivery_due(id, noon + std::chrono::seconds(id * 7919 % 101)));
    const auto odd = subject.waiting.extract_if([&](auto item) {
        return subject.all.id(item).value() % 2 == 1;
    });
    CHECK(odd.size() == 50);
    const auto rest = subject.pop_all(noon + 1h);
    CHECK(rest.size() == 50);
    CHECK(std::ranges::all_of(rest, [](auto id) { return id % 2 == 0; }));
}

TEST_CASE("a hundred thousand deliveries come out in order", "[queue][schedule]") {
    agenda subject;
    constexpr std::uint64_t count = 100'000;
    std::uint64_t state = 1;
    for (std::uint64_t id = 1; id <= count; ++id) {
        state = state * 6364136223846793005 + 1442695040888963407;
        subject.insert(delivery_due(id, noon + std::chrono::milliseconds(state >> 44)));
    }
    queue::time_point last{};
    std::uint64_t popped = 0;
    while (const auto next = subject.waiting.pop_due(queue::time_point::max())) {
        REQUIRE(subject.all.due(*next) >= last);
        last = subject.all.due(*next);
        ++popped;
    }
    CHECK(popped == count);
}

TEST_CASE("one delivery is taken out of the schedule wherever it stands", "[queue][schedule]") {
    agenda subject;
    std::vector<queue::backlog::slot> items;
    for (std::uint64_t id = 1; id <= 200; ++id) {
        items.push_back(
            subject.all.insert(delivery_due(id, noon + std::chrono::seconds(id * 7919 % 101)))
        );
        subject.waiting.insert(items.back());
    }
    for (std::size_t at = 0; at < items.size(); at += 2) {
        CHECK(subject.waiting.has(items[at]));
        CHECK(subject.waiting.erase(items[at]));
        CHECK_FALSE(subject.waiting.has(items[at]));
        CHECK_FALSE(subject.waiting.erase(items[at]));
    }
    subject.waiting.insert(items[0]);
    std::vector<queue::time_point> times;
    while (const auto next = subject.waiting.pop_due(noon + 1h))
        times.push_back(subject.all.due(*next));
    CHECK(times.size() == 101);
    CHECK(std::ranges::is_sorted(times));
    CHECK_FALSE(subject.waiting.has(items[1]));
    CHECK_FALSE(subject.waiting.has(100'000));
}
