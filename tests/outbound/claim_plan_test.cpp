#include "relay/outbound/claim_plan.hpp"

#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;

namespace {

constexpr net::clock::time_point plan_begin{1h};

queue::backlog accepted(std::size_t count) {
    queue::backlog held;
    for (std::uint64_t id = 1; id <= count; ++id) {
        auto each = tests::delivery_due(id, tests::noon);
        each.fence = queue::first_fence;
        each.domain = "a.example";
        held.insert(std::move(each));
    }
    return held;
}

queue::delivery claimed_of(const std::string& domain, std::uint64_t id) {
    auto each = tests::delivery_due(id, tests::noon);
    each.fence = queue::first_fence + 1;
    each.domain = domain;
    return each;
}

}  // namespace

TEST_CASE("claims are renewed every third of a lease, and soon after a failure", "[claims]") {
    claim_plan plan(120s, 100, plan_begin);
    CHECK_FALSE(plan.is_renewal_due(plan_begin + 39s));
    CHECK(plan.is_renewal_due(plan_begin + 40s));
    plan.renewal_ended(plan_begin + 40s, true, plan_begin + 45s);
    CHECK(plan.next_renewal() == plan_begin + 80s);
    // What fails is tried again several times before the lease is over.
    plan.renewal_ended(plan_begin + 80s, false, plan_begin + 85s);
    CHECK(plan.next_renewal() == plan_begin + 87s);
}

TEST_CASE("who gets all that it asked for asks again at once, others pause", "[claims]") {
    claim_plan plan(120s, 100, plan_begin);
    CHECK(plan.is_claim_due(plan_begin));
    plan.claim_ended({.room = 10}, std::size_t(10), 0.5, plan_begin);
    CHECK(plan.next_claim() == plan_begin);
    plan.claim_ended({.room = 10}, std::size_t(9), 0.5, plan_begin);
    CHECK(plan.next_claim() == plan_begin + 100ms);

    auto last = plan.next_claim();
    for (const auto pause : {200ms, 400ms, 800ms, 1000ms, 1000ms}) {
        plan.claim_ended({.room = 10}, std::size_t(0), 0.5, last);
        CHECK(plan.next_claim() == last + pause);
        last = plan.next_claim();
    }
    // Something came: it looks more often.
    plan.claim_ended({.room = 10}, std::size_t(1), 0.5, last);
    CHECK(plan.next_claim() == last + 100ms);
    SECTION("relays do not ask in step") {
        plan.claim_ended({.room = 0}, std::size_t(0), 0.0, last);
        CHECK(plan.next_claim() == last + 80ms);
        plan.claim_ended({.room = 0}, std::size_t(0), 1.0, last);
        CHECK(plan.next_claim() == last + 120ms);
    }
    SECTION("without a database it asks once a second") {
        plan.claim_ended({.room = 10}, queue::errc::closed, 0.5, last);
        CHECK(plan.next_claim() == last + 1s);
    }
}

TEST_CASE("no more is held than there is room for", "[claims]") {
    const claim_plan plan(120s, 100, plan_begin);
    const auto room_beside = [](const claim_plan& asked, std::size_t count) {
        const auto order = asked.order_beside(accepted(count));
        CHECK((order.room == 0 || order.unclaimed == 0s));
        return order.room;
    };
    CHECK(room_beside(plan, 0) == 10);
    CHECK(room_beside(plan, 95) == 5);
    CHECK(room_beside(claim_plan(120s, 1, plan_begin), 0) == 1);
    CHECK(room_beside(claim_plan(120s, 0, plan_begin), 0) == 0);  // it captures
    CHECK(room_beside(claim_plan(120s, 0, plan_begin), 10) == 0);
}

TEST_CASE("who is full claims what nobody else does, in small parts", "[claims]") {
    const claim_plan plan(120s, 100, plan_begin);
    auto held = accepted(1000);
    auto order = plan.order_beside(held);
    CHECK(order.unclaimed == claim_plan::unclaimed_min);
    CHECK(order.room == 1);
    CHECK(order.left_out.empty());  // whatever is here of the destination
    std::vector<queue::backlog::slot> claimed;
    for (std::uint64_t id = 1; id <= 9; ++id)
        claimed.push_back(held.insert(claimed_of("a.example", 2000 + id)));
    order = plan.order_beside(held);
    CHECK(order.room == 1);
    CHECK(order.left_out == std::vector<std::string>{"a.example"});
    claimed.push_back(held.insert(claimed_of("b.example", 3000)));
    CHECK(plan.order_beside(held).room == 0);
    held.set_state(claimed.front(), queue::backlog::state::deferred);
    CHECK(plan.order_beside(held).room == 1);  // what waits takes no room here either
}

// Mail of that destination that a dead relay left would wait as long as clients send more of it
// here.
TEST_CASE("what others leave is claimed beside a destination that has its part", "[claims]") {
    claim_plan plan(120s, 1000, plan_begin);
    const auto held = accepted(150);  // of a.example
    const auto order = plan.order_beside(held);
    CHECK(order.room == 100);
    CHECK(order.left_out == std::vector<std::string>{"a.example"});
    CHECK(order.unclaimed == 0s);
    plan.claim_ended(order, std::size_t(0), 0.5, plan_begin);
    CHECK(plan.next_claim() == plan_begin + 100ms);
    const auto next = plan.order_beside(held);
    CHECK(next.room == 10);
    CHECK(next.left_out.empty());
    CHECK(next.unclaimed == claim_plan::unclaimed_min);
    // The next of the other kind does not wait for it, whatever it brings.
    const auto got = GENERATE(0U, 10U);
    plan.claim_ended(next, std::size_t(got), 0.5, plan_begin + 100ms);
    CHECK(plan.next_claim() == plan_begin + 100ms);
    CHECK(plan.order_beside(held).unclaimed == 0s);
    CHECK(plan.order_beside(held).room == 100);
    // Where no destination has its part there is nothing that others leave.
    const auto few = accepted(99);
    plan.claim_ended(plan.order_beside(few), std::size_t(0), 0.5, plan_begin + 100ms);
    CHECK(plan.order_beside(few).unclaimed == 0s);
}

TEST_CASE("what waits takes no room", "[claims]") {
    using state = queue::backlog::state;
    queue::backlog held;
    for (std::uint64_t id = 1; id <= queue::backlog::states; ++id) {
        const auto item = held.insert(tests::delivery_due(id, tests::noon));
        held.set_state(item, static_cast<state>(id - 1));
    }
    CHECK(held.sum(state::deferred).deliveries == 1);
    CHECK(held.sum(state::held).deliveries == 1);
    CHECK(count_triable(held) == 3);
}

TEST_CASE("destinations that have their part are named", "[claims]") {
    queue::backlog held;
    for (std::uint64_t id = 1; id <= 9; ++id) {
        auto each = tests::delivery_due(id, tests::noon);
        each.domain = id <= 2 ? "few.example" : id <= 5 ? "enough.example" : "many.example";
        held.insert(std::move(each));
    }
    auto named = destinations_with(3, held);
    std::ranges::sort(named);
    CHECK(named == std::vector<std::string>{"enough.example", "many.example"});
    CHECK(destinations_with(5, held).empty());
    CHECK(destinations_with(1, held, true).empty());
    held.insert(claimed_of("few.example", 10));
    CHECK(destinations_with(1, held, true) == std::vector<std::string>{"few.example"});
}
