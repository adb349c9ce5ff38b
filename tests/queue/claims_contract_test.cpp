// The promises of queue/store.hpp about claims, tested on the stores that several owners can have.
#include <set>

#include "tests/queue/contract_cases.hpp"

using namespace tests;
using queue::errc;
using queue::store_totals;

TEMPLATE_TEST_CASE("no two owners have a delivery at a time", "[queue][claims]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    for (int i = 0; i < 20; ++i)
        commit_later(*first);
    CHECK(count_given(*first) == 0);  // not due
    backend.pass(1h);
    std::set<queue::message_id> all;
    CHECK(first->claim(7) == 7);
    CHECK(second->claim(5) == 5);
    CHECK(first->claim(room) == 8);
    CHECK(second->claim(room) == 0);
    for (const auto& process : {&first->seen, &second->seen}) {
        for (const auto& each : process->deliveries(5)) {
            CHECK(all.insert(each.id).second);
            CHECK(each.fence > queue::first_fence);  // it was claimed
        }
    }
    CHECK(all.size() == 20);
}

TEMPLATE_TEST_CASE(
    "a claim tells how much it got, and leaves out destinations", "[queue][claims]", SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    for (int i = 0; i < 6; ++i)
        commit_later(*first, i < 4 ? "many.example" : "few.example");
    backend.pass(1h);

    CHECK(first->claim(room, {"many.example", "other.example"}) == 2);
    CHECK(first->seen.deliveries(2).back().domain == "few.example");
    CHECK(first->claim(3) == 3);
    const auto second = backend.open();
    first->die();
    backend.pass(TestType::lease);  // the same of what is left behind
    CHECK(second->claim(room, {"many.example"}) == 2);
    CHECK(second->claim(room) == 4);
    second->close();
    CHECK(second->ask_to_claim({.room = room}).error() == errc::closed);
}

TEMPLATE_TEST_CASE(
    "a claim may ask for what nobody claimed for a while", "[queue][claims]", SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    commit_one(*first);
    commit_later(*second);
    const queue::claim_order late{.room = room, .unclaimed = 2s};
    backend.pass(1h);
    CHECK(second->claim(late) == 1);  // the lease ended long ago
    CHECK(second->claim(late) == 0);  // the other is due just now
    backend.pass(2s - 1ms);
    CHECK(second->claim(late) == 0);
    backend.pass(1ms);
    CHECK(second->claim(late) == 1);

    backend.pass(TestType::lease + 2s - 1ms);
    CHECK(first->claim(late) == 1);
    backend.pass(1ms);
    CHECK(first->claim(late) == 1);
}

namespace {

struct waiting_mail {
    queue::priority priority = queue::priority::normal;
    std::string tenant = "one.example";
    std::chrono::milliseconds due = 1h;
};

void commit_waiting(owner& process, const waiting_mail& wanted, std::size_t count = 1) {
    for (std::size_t i = 0; i < count; ++i) {
        auto later = mail(process.store().allocate(), "body");
        later.deliveries[0].due = noon + wanted.due;
        later.deliveries[0].priority = wanted.priority;
        later.deliveries[0].tenant = wanted.tenant;
        REQUIRE(process.commit(std::move(later)));
    }
}

// How much of the tenant's, or of the priority's, was given.
std::size_t given_of(owner& process, const std::string& tenant) {
    const auto all = process.seen.deliveries(0);
    return static_cast<std::size_t>(std::ranges::count(all, tenant, &queue::delivery::tenant));
}
std::size_t given_of(owner& process, queue::priority level) {
    const auto all = process.seen.deliveries(0);
    return static_cast<std::size_t>(std::ranges::count(all, level, &queue::delivery::priority));
}

}  // namespace

TEMPLATE_TEST_CASE(
    "urgent mail is claimed before bulk mail that waits for longer, which still goes on",
    "[queue][claims]",
    SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    commit_waiting(*first, {.priority = queue::priority::bulk, .due = 1min}, 40);
    commit_waiting(*first, {.priority = queue::priority::normal, .due = 2min}, 20);
    commit_waiting(*first, {.priority = queue::priority::urgent, .due = 1h}, 10);
    backend.pass(1h);
    CHECK(second->claim(14) == 14);
    CHECK(given_of(*second, queue::priority::urgent) == 10);
    CHECK(given_of(*second, queue::priority::normal) >= 3);
    CHECK(second->claim(20) == 20);
    CHECK(given_of(*second, queue::priority::bulk) >= 3);
    CHECK(second->claim(room) == 36);
    CHECK(second->seen.deliveries(0).size() == 70);
}

TEMPLATE_TEST_CASE(
    "bulk mail is claimed also while there is more urgent mail than is claimed",
    "[queue][claims]",
    SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    commit_waiting(*first, {.priority = queue::priority::bulk}, 5);
    commit_waiting(*first, {.priority = queue::priority::urgent}, 100);
    backend.pass(1h);
    CHECK(first->claim(65) == 65);  // a round of both
    CHECK(given_of(*first, queue::priority::bulk) == 1);
    CHECK(given_of(*first, queue::priority::urgent) == 64);
}

TEMPLATE_TEST_CASE(
    "a tenant with much mail does not keep another's from being claimed",
    "[queue][claims]",
    SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    commit_waiting(*first, {.tenant = "many.example", .due = 1min}, 60);
    commit_waiting(*first, {.tenant = "few.example", .due = 1h}, 4);
    backend.pass(1h);
    CHECK(second->claim(10) == 10);
    CHECK(given_of(*second, "few.example") == 4);
    CHECK(second->claim(room) == 54);
}

TEMPLATE_TEST_CASE(
    "mail that an owner left and mail that is nobody's don't wait for each other",
    "[queue][claims]",
    SHARED_BACKENDS
) {
    TestType backend;
    auto gone = backend.open();
    const auto second = backend.open();
    for (int i = 0; i < 30; ++i)
        commit_one(*gone);
    gone->die();
    gone.reset();
    const auto is_left = [](const queue::delivery& each) { return each.tenant != "free.example"; };
    backend.pass(TestType::lease);
    commit_waiting(*second, {.tenant = "free.example", .due = TestType::lease + 1s}, 30);
    backend.pass(1s);
    CHECK(second->claim(10) == 10);
    const auto all = second->seen.deliveries(10);
    CHECK(std::ranges::count_if(all, is_left) == 5);
    CHECK(second->claim(room) == 50);
}

TEMPLATE_TEST_CASE("what is deferred keeps its lane", "[queue][claims]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    commit_waiting(*first, {.priority = queue::priority::bulk, .due = 1min}, 60);
    commit_waiting(*first, {.priority = queue::priority::urgent, .due = 0min});
    auto urgent = all_deferred(given(*first, 1).front(), noon + 1h);
    REQUIRE(first->settle(std::move(urgent)));
    backend.pass(1h);
    CHECK(first->claim(1) == 1);
    CHECK(first->seen.deliveries(2).back().priority == queue::priority::urgent);
}

TEMPLATE_TEST_CASE("what one owner gives back, another gets", "[queue][claims]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    commit_one(*first);
    const auto held = given(*first, 1).front();
    CHECK(count_given(*second) == 0);

    first->release({claim_of(held)});
    const auto taken = given(*second, 1).front();
    CHECK(taken.entry == held.entry);
    CHECK(taken.fence > held.fence);
    // The other owner has it now: releasing it again changes nothing.
    first->release({claim_of(held)});
    CHECK(count_given(*first) == 1);
    CHECK(second->settle(all_finished(taken)));
}

TEMPLATE_TEST_CASE(
    "the claims of an owner that died end with their leases", "[queue][claims]", SHARED_BACKENDS
) {
    TestType backend;
    auto first = backend.open();
    const auto second = backend.open();
    commit_one(*first);
    const auto held = given(*first, 1).front();
    first->die();
    first.reset();

    backend.pass(TestType::lease - 1ms);
    CHECK(count_given(*second) == 0);
    backend.pass(1ms);
    const auto taken = given(*second, 1).front();
    CHECK(taken.entry == held.entry);
    CHECK(taken.fence > held.fence);
    CHECK(second->settle(all_finished(taken)));
    CHECK(second->totals() == store_totals{});
}

TEMPLATE_TEST_CASE(
    "a late writer changes nothing, and is told", "[queue][claims]", SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    commit_one(*first, 2);
    const auto held = given(*first, 1).front();
    backend.pass(TestType::lease);
    const auto taken = given(*second, 1).front();
    auto late = all_finished(held);
    switch (GENERATE(0, 1, 2)) {
        case 0:
            break;
        case 1:
            late = all_deferred(held, noon + 2h);
            break;
        default:
            late.bounce = mail(queue::message_id(77), "bounce");
    }

    SECTION("while the other has it") {
        CHECK(first->settle(late).error() == errc::lost);
        CHECK(first->renew({claim_of(held)}).value() == std::vector{claim_of(held)});
        CHECK(second->totals() == store_totals{1, 2, 4});
        CHECK(second->read(taken.id).value()->states.empty());
        CHECK(second->settle(all_finished(taken)));
        CHECK(second->totals() == store_totals{});
    }
    SECTION("after the other has finished it") {
        CHECK(second->settle(all_finished(taken)));
        CHECK(first->settle(late).error() == errc::lost);
        CHECK(second->totals() == store_totals{});
    }
    SECTION("after the other has deferred it") {
        CHECK(second->settle(all_deferred(taken, noon + 1h)));
        CHECK(first->settle(late).error() == errc::lost);
        CHECK(second->totals() == store_totals{1, 2, 4});
        backend.pass(2h);
        CHECK(given(*second, 2).back().attempts == 1);
    }
    CHECK(second->settle(all_finished(taken)));  // its own, once more: no error
}

TEMPLATE_TEST_CASE(
    "a settlement of several is lost with one of them", "[queue][claims]", SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    REQUIRE(first->commit(mail_to_two_domains(*first)));
    const auto held = given(*first, 2);
    const std::size_t kept = GENERATE(0U, 1U);
    backend.pass(TestType::lease / 2);
    CHECK(first->renew({claim_of(held[kept])})->empty());
    backend.pass(TestType::lease / 2);
    CHECK(given(*second, 1).size() == 1);

    auto end = all_finished(held[0]);
    end.others.push_back(held[1]);
    end.finished = {0, 1, 2};
    CHECK(first->settle(end).error() == errc::lost);
    CHECK(first->totals() == store_totals{1, 3, 4});

    // It settles what it still has.
    CHECK(first->settle(all_finished(held[kept])));
    CHECK(second->settle(all_finished(given(*second, 1).front())));
    CHECK(first->totals() == store_totals{});
}

TEMPLATE_TEST_CASE(
    "a lease that ended is no loss until somebody takes it", "[queue][claims]", SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    commit_one(*first);
    const auto held = given(*first, 1).front();
    backend.pass(10 * TestType::lease);
    CHECK(first->renew({claim_of(held)})->empty());
    CHECK(count_given(*second) == 0);
    CHECK(first->settle(all_finished(held)));
}
