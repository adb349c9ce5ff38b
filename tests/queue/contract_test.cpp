// The promises of queue/store.hpp that hold for every store; those of several owners are in
// claims_contract_test.cpp.
#include <set>

#include "tests/queue/contract_cases.hpp"

using namespace tests;
using queue::errc;
using queue::store_totals;

TEMPLATE_TEST_CASE("what is committed is announced, and can be read", "[queue]", EVERY_BACKEND) {
    TestType backend;
    const auto first = backend.open();
    const auto sent = commit_one(*first, 2);

    const auto announced = given(*first, 1);
    REQUIRE(announced.size() == 1);
    CHECK(announced[0].id == sent.mail.id);
    CHECK(announced[0].recipients == sent.deliveries[0].recipients);
    CHECK(announced[0].entry.is_given());
    const auto read = first->read(sent.mail.id);
    REQUIRE(read);
    CHECK((*read)->mail == sent.mail);
    CHECK((*read)->first_chunk == "body");
    CHECK((*read)->states.empty());
    CHECK(first->totals() == store_totals{1, 2, 4});
}

TEMPLATE_TEST_CASE("a body in chunks is whole, or the message is none", "[queue]", EVERY_BACKEND) {
    TestType backend;
    const auto first = backend.open();
    const bool whole = GENERATE(true, false);
    auto made = mail(first->store().allocate(), "last");
    made.mail.chunks = 3;
    const auto id = made.mail.id;
    REQUIRE(first->append(id, 0, "first"));
    if (whole) REQUIRE(first->append(id, 1, "second"));

    const auto committed = first->commit(std::move(made));

    if (!whole) {
        REQUIRE_FALSE(committed);
        CHECK(committed.error() == errc::failed);
        CHECK(first->read(id).error() == errc::not_found);
        CHECK(count_given(*first) == 0);
        return;
    }
    REQUIRE(committed);
    CHECK(first->read(id).value()->first_chunk == "first");
    CHECK(first->read_chunk(id, 1).value() == "second");
    CHECK(first->read_chunk(id, 2).value() == "last");
}

TEMPLATE_TEST_CASE("a settlement counts once, however often it comes", "[queue]", EVERY_BACKEND) {
    TestType backend;
    const auto first = backend.open();
    commit_one(*first);
    const auto other = commit_one(*first);
    const auto announced = given(*first, 2);
    const auto bounce = mail(first->store().allocate(), "bounce");

    for (int i = 0; i < 3; ++i) {
        auto end = all_finished(announced[0]);
        end.bounce = bounce;
        CHECK(first->settle(std::move(end)));
        CHECK(first->totals() == store_totals{2, 2, 10});
        CHECK(first->read(announced[0].id).error() == errc::not_found);
    }
    CHECK(first->read(other.mail.id));
    REQUIRE(given(*first, 3).size() == 3);
    CHECK(given(*first, 3)[2].id == bounce.mail.id);
}

TEMPLATE_TEST_CASE("what is deferred comes back under another name", "[queue]", EVERY_BACKEND) {
    TestType backend;
    const auto first = backend.open();
    commit_one(*first, 2);
    auto last = given(*first, 1).back();
    std::set<queue::entry_id> names{last.entry};

    for (std::size_t i = 2; i <= 4; ++i) {
        // The same time again, too: a name is not a time.
        const auto pause = i == 3 ? 0h : 1h;
        const auto due = last.due + pause;
        const auto before = last;
        REQUIRE(first->settle(all_deferred(last, due)));
        backend.pass(pause);
        last = given(*first, i).back();
        CHECK(names.insert(last.entry).second);
        CHECK(last.attempts == i - 1);
        // The settlement comes again, from a caller that does not know of the first.
        REQUIRE(first->settle(all_deferred(before, due)));
        CHECK(count_given(*first) == i);
    }
    const auto read = first->read(last.id);
    REQUIRE(read);
    REQUIRE((*read)->states.size() == 2);
    CHECK((*read)->states[0].attempts == 3);
    REQUIRE(first->settle(all_finished(last)));
    CHECK(first->totals() == store_totals{});
}

TEMPLATE_TEST_CASE("a message ends with the last of its entries", "[queue]", EVERY_BACKEND) {
    TestType backend;
    const auto first = backend.open();
    const auto sent = mail_to_two_domains(*first);
    REQUIRE(first->commit(sent));
    const auto announced = given(*first, 2);
    CHECK(announced[0].entry != announced[1].entry);

    REQUIRE(first->settle(all_finished(announced[1])));
    CHECK(first->totals() == store_totals{1, 3 - announced[1].recipients.size(), 4});
    REQUIRE(first->read(sent.mail.id));
    REQUIRE(first->settle(all_finished(announced[0])));
    CHECK(first->totals() == store_totals{});
    CHECK(first->read(sent.mail.id).error() == errc::not_found);
}

TEMPLATE_TEST_CASE("entries of a message may end together", "[queue]", EVERY_BACKEND) {
    TestType backend;
    const auto first = backend.open();
    REQUIRE(first->commit(mail_to_two_domains(*first)));
    const auto announced = given(*first, 2);
    auto end = all_finished(announced[0]);
    end.others.push_back(announced[1]);
    end.finished = {0, 1, 2};
    end.bounce = mail(first->store().allocate(), "bounce");

    REQUIRE(first->settle(end));
    CHECK(first->totals() == store_totals{1, 1, 6});
    CHECK(given(*first, 3).size() == 3);
}

TEMPLATE_TEST_CASE(
    "what is withheld is stored, and settled as it was given", "[queue]", EVERY_BACKEND
) {
    TestType backend;
    auto first = backend.open();
    commit_one(*first, 3);
    const auto tried = given(*first, 1).front();
    auto end = all_finished(tried);
    end.finished = {0};
    end.withheld = tried;
    end.withheld->entry = {};
    end.withheld->due = tried.due + 1ms;
    end.withheld->recipients = {1, 2};
    REQUIRE(first->settle(end));
    REQUIRE(first->settle(end));
    CHECK(first->totals() == store_totals{1, 2, 4});
    backend.pass(10s);
    CHECK(count_given(*first) == 1);

    SECTION("by the owner that withheld it") {
        REQUIRE(first->settle(all_finished(*end.withheld)));
        CHECK(first->totals() == store_totals{});
    }
    SECTION("or, after its end, by another") {
        first->close();
        first.reset();
        const auto next = backend.open();
        const auto again = given(*next, 1).front();
        CHECK(again.recipients == std::vector<std::uint32_t>{1, 2});
        REQUIRE(next->settle(all_finished(again)));
        CHECK(next->totals() == store_totals{});
    }
}

TEMPLATE_TEST_CASE("an attempt ends after its message was removed", "[queue]", EVERY_BACKEND) {
    TestType backend;
    const auto first = backend.open();
    const auto sent = commit_one(*first, 2);
    const auto tried = given(*first, 1).front();
    const bool finished = GENERATE(true, false);

    const auto progress =
        first->bulk({.action = queue::bulk_action::remove, .operator_name = "operator"});
    CHECK(progress.done == store_totals{1, 2, 4});
    REQUIRE(first->seen.removed().size() == 1);
    CHECK(first->seen.removed()[0].message_gone);
    CHECK(first->settle(finished ? all_finished(tried) : all_deferred(tried, noon + 1h)));

    backend.pass(2h);
    CHECK(count_given(*first) == 1);
    CHECK(first->totals() == store_totals{});
    CHECK(first->read(sent.mail.id).error() == errc::not_found);
}

TEMPLATE_TEST_CASE(
    "an attempt ends after one of its recipients was removed", "[queue]", EVERY_BACKEND
) {
    TestType backend;
    const auto first = backend.open();
    commit_one(*first, 3);
    const auto tried = given(*first, 1).front();
    const auto gone = GENERATE("r0@example.com", "r2@example.com");
    queue::bulk_order order{.action = queue::bulk_action::remove, .operator_name = "operator"};
    order.selection.recipient = gone;
    CHECK(first->bulk(order).done == store_totals{0, 1, 0});

    REQUIRE(first->settle(all_deferred(tried, noon + 1h)));
    backend.pass(2h);
    const auto again = given(*first, 2);
    REQUIRE(again.size() == 2);
    CHECK(again[1].recipients.size() == 2);
    REQUIRE(first->settle(all_finished(again[1])));
    CHECK(first->totals() == store_totals{});
}

TEMPLATE_TEST_CASE(
    "what a removal leaves of a waiting entry can be settled", "[queue]", EVERY_BACKEND
) {
    TestType backend;
    const auto first = backend.open();
    commit_one(*first, 3);
    auto waiting = given(*first, 1).front();
    queue::bulk_order order{.action = queue::bulk_action::remove, .operator_name = "operator"};
    order.selection.recipient = GENERATE("r0@example.com", "r2@example.com");
    REQUIRE(first->bulk(order).outcome);

    const auto told = first->seen.removed();
    REQUIRE(told.size() == 1);
    CHECK(told[0].id == waiting.id);
    CHECK(told[0].entry == waiting.entry);
    REQUIRE(told[0].left.size() == 2);
    waiting.entry = told[0].left_entry;
    waiting.recipients = told[0].left;
    REQUIRE(first->settle(all_finished(waiting)));
    CHECK(first->totals() == store_totals{});
}

TEMPLATE_TEST_CASE(
    "what was not settled is announced to the next owner", "[queue]", EVERY_BACKEND
) {
    TestType backend;
    auto first = backend.open();
    commit_one(*first);
    commit_one(*first);
    commit_one(*first);
    const auto announced = given(*first, 3);
    REQUIRE(first->settle(all_finished(announced[0])));
    first->release({claim_of(announced[1])});
    first->close();
    first.reset();

    const auto next = backend.open();
    const auto again = given(*next, 2);
    REQUIRE(again.size() == 2);
    for (const auto& each : again) {
        CHECK(each.id != announced[0].id);
        CHECK(next->settle(all_finished(each)));
    }
    CHECK(next->totals() == store_totals{});
}

TEMPLATE_TEST_CASE("claims that are renewed in time are not lost", "[queue]", EVERY_BACKEND) {
    TestType backend;
    const auto first = backend.open();
    commit_one(*first);
    const auto held = given(*first, 1).front();
    for (int i = 0; i < 5; ++i) {
        backend.pass(50s);
        const auto lost = first->renew({claim_of(held)});
        REQUIRE(lost.has_value());
        CHECK(lost->empty());
    }
    CHECK(count_given(*first) == 1);
    CHECK(first->settle(all_finished(held)));
}

TEMPLATE_TEST_CASE("every call of a closed store completes", "[queue]", EVERY_BACKEND) {
    TestType backend;
    const auto first = backend.open();
    const auto sent = commit_one(*first);
    const auto held = given(*first, 1).front();
    first->close();

    CHECK(first->commit(mail(queue::message_id(1), "x")).error() == errc::closed);
    CHECK(first->append(queue::message_id(1), 0, "x").error() == errc::closed);
    CHECK(first->settle(all_finished(held)).error() == errc::closed);
    CHECK(first->read_chunk(sent.mail.id, 0).error() == errc::closed);
    CHECK(first->bulk({}).outcome.error() == errc::closed);
    CHECK(first->store().state() == queue::store_state::closed);
}

// --- several owners
