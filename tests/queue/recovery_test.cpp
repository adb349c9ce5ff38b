#include <set>

#include "tests/queue/fixture.hpp"

using namespace tests;

TEST_CASE("ten thousand messages are announced once each after a restart", "[queue]") {
    const temporary_directory home;
    constexpr int count = 10'000;
    {
        life first(home.path());
        first.start();
        commit_many(first, count);
    }
    life second(home.path());
    second.start();
    std::set<queue::message_id> found;
    for (const auto& each : second.seen.deliveries(count))
        found.insert(each.id);
    CHECK(found.size() == count);
    CHECK(second.seen.deliveries(count).size() == count);
    CHECK(second.store().totals().messages == count);
    CHECK_FALSE(second.store().recovering());
}

TEST_CASE("mail is accepted while the queue is recovered, and announced once", "[queue]") {
    const temporary_directory home;
    {
        life first(home.path());
        first.start();
        commit_many(first, 3000);
    }
    life second(home.path());
    second.store().set_listener([&](auto found) { second.seen.announced(std::move(found)); });
    second.store().start();
    commit_many(second, 500);
    second.seen.await("recovered 3000");
    std::set<queue::message_id> found;
    const auto announced = second.seen.deliveries(3500);
    for (const auto& each : announced)
        found.insert(each.id);
    CHECK(announced.size() == 3500);
    CHECK(found.size() == 3500);
}

TEST_CASE(
    "Q003 overdue retries are spread after a restart, untried mail comes at once", "[queue]"
) {
    const temporary_directory home;
    {
        life first(home.path());
        first.start();
        REQUIRE(first.commit(mail(first.store().allocate(), "untried")));
        REQUIRE(first.commit(mail(first.store().allocate(), "deferred")));
        REQUIRE(first.settle(all_deferred(first.seen.deliveries(2)[1], noon + 1min)));
    }
    queue::store_options options;
    options.now = [] { return noon + 1h; };
    options.spread = 10min;
    life second(home.path(), options);
    second.start();
    const auto found = second.seen.deliveries(2);
    CHECK(found[0].due == noon);
    CHECK(found[1].due == noon + 1h + 5min);
    CHECK(found[1].entry == entry_at(noon + 1min));

    REQUIRE(second.settle(all_finished(found[0])));
    REQUIRE(second.settle(all_finished(found[1])));
    CHECK(second.store().totals() == queue::store_totals{});
}

TEST_CASE("Q023 an entry ten years ahead does not stay there", "[queue]") {
    const temporary_directory home;
    {
        life first(home.path());
        first.start();
        REQUIRE(first.commit(mail(first.store().allocate(), "body")));
        REQUIRE(first.settle(all_deferred(first.seen.deliveries(1)[0], noon + 24h * 3650)));
    }
    life second(home.path());
    second.start();
    const auto found = second.seen.deliveries(1)[0];
    CHECK(found.due < noon + 3h);
    REQUIRE(second.settle(all_finished(found)));
    CHECK(second.store().totals() == queue::store_totals{});
}
