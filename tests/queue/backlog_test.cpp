#include "queue/backlog.hpp"

#include "tests/queue/deliveries.hpp"
#include "tests/queue/full_values.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace tests;
using namespace std::chrono_literals;
using state = queue::backlog::state;

TEST_CASE("a delivery comes out of the backlog as it went in", "[queue][backlog]") {
    queue::backlog waiting;
    auto several = delivery_due(7, noon + 1min, 3);
    several.recipients = {2, 5, 9};
    several.entry = entry_at(noon - 1h);
    several.priority = queue::priority::urgent;
    several.terms = full_terms();
    const auto first = waiting.insert(delivery_due(1, noon));
    const auto other = waiting.insert(several);

    CHECK((waiting.at(first) == delivery_due(1, noon)));
    CHECK((waiting.at(other) == several));
    CHECK(waiting.tenant(first) == waiting.tenant(other));
    CHECK(waiting.size() == 2);
}

TEST_CASE("what a route depends on comes out as it went in", "[queue][backlog]") {
    queue::backlog waiting;
    auto full = delivery_due(7, noon);
    full.sender_domain = "news.example";
    full.terms = queue::delivery_terms{.route = "ses", .credential = "billing"};
    auto by_credential = delivery_due(8, noon);
    // A text in another place is another source.
    by_credential.terms = queue::delivery_terms{.credential = "ses"};
    auto by_route = delivery_due(9, noon);
    by_route.terms = queue::delivery_terms{.route = "ses"};
    const auto plain = waiting.insert(delivery_due(1, noon));
    const auto first = waiting.insert(full);
    const auto second = waiting.insert(full);
    const auto third = waiting.insert(by_credential);
    const auto fourth = waiting.insert(by_route);
    // The tenant is the same, whatever else differs.
    for (const auto slot : {first, second, third, fourth})
        CHECK(waiting.tenant(slot) == waiting.tenant(plain));

    waiting.erase(first);
    waiting.erase(third);
    CHECK((waiting.at(second) == full));
    CHECK((waiting.at(fourth) == by_route));
    CHECK(waiting.terms(fourth)->route == "ses");
    CHECK(waiting.terms(fourth)->credential.empty());
    waiting.erase(second);
    CHECK((waiting.at(plain) == delivery_due(1, noon)));
    CHECK((waiting.at(waiting.insert(full)) == full));
}

TEST_CASE("deliveries of each state are counted, with their oldest", "[queue][backlog]") {
    queue::backlog waiting;
    const auto first = waiting.insert(delivery_due(10, noon));
    waiting.insert(delivery_due(20, noon));
    auto several = delivery_due(30, noon, 1);
    several.recipients = {0, 1, 2};
    waiting.insert(several);

    CHECK(waiting.sum(state::incoming).deliveries == 2);
    CHECK(waiting.sum(state::incoming).oldest == noon - 20s);
    CHECK(waiting.sum(state::deferred).recipients == 3);

    waiting.set_state(first, state::ready);
    CHECK(waiting.sum(state::incoming).deliveries == 1);
    CHECK(waiting.sum(state::ready).oldest == noon - 10s);
    waiting.erase(first);
    CHECK(waiting.sum(state::ready).deliveries == 0);
    CHECK_FALSE(waiting.sum(state::ready).oldest);
}

TEST_CASE("what is left after an attempt counts in place of what was tried", "[queue][backlog]") {
    queue::backlog waiting;
    auto tried = delivery_due(10, noon);
    tried.recipients = {1, 4};
    auto elsewhere = tried;  // of the same message, tried too
    elsewhere.recipients = {2};
    const auto before = waiting.insert(tried);
    const auto other = waiting.insert(elsewhere);
    waiting.set_state(before, state::active);
    waiting.set_state(other, state::active);

    auto left = delivery_due(10, noon + 1h, 1);
    left.recipients = {4};
    const auto after = waiting.insert(left);
    CHECK(waiting.has_successor(before));
    CHECK_FALSE(waiting.has_successor(other));
    CHECK_FALSE(waiting.has_successor(after));
    CHECK(waiting.sum(state::active).recipients == 1);
    CHECK(waiting.sum(state::deferred).recipients == 1);

    // Whoever tried it still has it.
    waiting.set_state(before, state::ready);
    CHECK(waiting.sum(state::ready).deliveries == 0);
    CHECK((waiting.at(before) == tried));
    waiting.erase(before);
    CHECK(waiting.sum(state::active).deliveries == 1);
    CHECK(waiting.insert(delivery_due(11, noon)) == before);
    CHECK_FALSE(waiting.has_successor(before));
    CHECK(waiting.sum(state::incoming).deliveries == 1);
}

TEST_CASE("what is not tried has no successor", "[queue][backlog]") {
    queue::backlog waiting;
    const auto first = waiting.insert(delivery_due(10, noon));
    waiting.insert(delivery_due(10, noon));
    CHECK_FALSE(waiting.has_successor(first));
    CHECK(waiting.sum(state::incoming).deliveries == 2);
}

TEST_CASE("a slot is used again, and its old delivery is gone", "[queue][backlog]") {
    queue::backlog waiting;
    const auto slot = waiting.insert(delivery_due(1, noon, 5));
    waiting.erase(slot);
    auto next = delivery_due(2, noon);
    next.domain = "example.net";
    CHECK(waiting.insert(next) == slot);
    CHECK((waiting.at(slot) == next));

    std::size_t seen = 0;
    waiting.each([&](queue::backlog::slot) { ++seen; });
    CHECK(seen == 1);
}

TEST_CASE("equal terms are kept once, as long as a delivery has them", "[queue][backlog]") {
    const queue::rare<queue::delivery_terms> ses = queue::delivery_terms{.route = "ses"};
    const queue::rare<queue::delivery_terms> own = queue::delivery_terms{.route = "own"};
    queue::terms_pool pool;
    CHECK(pool.add({}) == queue::terms_pool::none);
    CHECK(pool.add(queue::delivery_terms()) == queue::terms_pool::none);
    CHECK_FALSE(pool.at(queue::terms_pool::none));

    const auto first = pool.add(ses);
    CHECK(pool.add(queue::delivery_terms{.route = "ses"}) == first);
    const auto second = pool.add(own);
    CHECK(second != first);
    CHECK(pool.size() == 2);
    pool.remove(first);
    CHECK(pool.at(first) == ses);
    pool.remove(first);
    pool.remove(queue::terms_pool::none);
    CHECK(pool.size() == 1);
    CHECK(pool.at(second) == own);
    CHECK(pool.add(ses) == first);
    CHECK(pool.at(first) == ses);
}
