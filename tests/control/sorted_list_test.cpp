#include "relay/control/sorted_list.hpp"

#include <utility>

#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::control;
using namespace std::chrono_literals;

namespace {

std::vector<std::uint64_t> first_of(
    const queue::backlog& all, list_order order, std::size_t limit
) {
    first_deliveries kept(limit);
    all.each([&](auto item) {
        kept.offer(key_in_memory(all, item, order), {.item = item, .id = all.id(item)});
    });
    std::vector<std::uint64_t> ids;
    for (const auto& each : kept.take())
        ids.push_back(each.id.value());
    return ids;
}

}  // namespace

TEST_CASE("the first deliveries in each order, and no more than are wanted", "[control]") {
    queue::backlog all;
    for (std::uint64_t id = 1; id <= 50; ++id) {
        auto mail = tests::delivery_due(id, tests::noon + std::chrono::minutes(id * 7 % 50));
        mail.received_at = tests::noon - std::chrono::minutes(id * 11 % 50);
        mail.size = id * 13 % 50;
        mail.attempts = static_cast<std::uint32_t>(1 + id * 17 % 50);
        mail.domain = std::string(1, static_cast<char>('z' - id % 5)) + ".test";
        all.insert(std::move(mail));
    }
    auto held = tests::delivery_due(60, tests::noon - 1h);
    held.size = 0;
    held.domain = "zz.test";
    held.terms =
        queue::delivery_terms{.hold = queue::operator_hold{.operator_name = "ann", .reason = ""}};
    all.insert(std::move(held));

    using order = list_order;
    CHECK(first_of(all, order::age, 3) == std::vector<std::uint64_t>{9, 18, 27});
    CHECK(first_of(all, order::size, 3) == std::vector<std::uint64_t>{23, 46, 19});
    CHECK(first_of(all, order::attempts, 2) == std::vector<std::uint64_t>{47, 44});
    CHECK(first_of(all, order::next, 2) == std::vector<std::uint64_t>{50, 43});
    CHECK(first_of(all, order::next, 100).back() == 60);
    CHECK(first_of(all, order::next, 100).size() == 51);
    CHECK(first_of(all, order::domain, 4) == std::vector<std::uint64_t>{4, 9, 14, 19});
}

TEST_CASE("the words for orders", "[control]") {
    CHECK(order_named("next") == list_order::next);
    CHECK_FALSE(order_named("colour"));
    CHECK(known_orders().starts_with("sort is one of age, "));
}
