// Operators' orders over the whole queue: count, remove, flush.
#include <map>
#include <set>

#include "queue/rocks/database.hpp"
#include "tests/queue/fixture.hpp"
#include "tests/queue/inventory.hpp"
#include "tests/support/faulty_files.hpp"

using namespace tests;
using queue::bulk_action;
using queue::selection;
using queue::store_totals;

namespace {

queue::bulk_order order(bulk_action action, selection selection) {
    return {
        .action = action,
        .selection = std::move(selection),
        .operator_name = "operator",
        .due = noon + 7min
    };
}

queue::submission mail_from(life& current, const std::string& sender, std::size_t recipients = 1) {
    auto made = mail(current.store().allocate(), "body", recipients);
    made.mail.reverse_path = sender;
    made.deliveries[0].due = noon + 1h;
    return made;
}

// To two recipients of one domain and one of another: two entries.
queue::submission mail_to_two_domains(life& current) {
    auto made = mail_from(current, "sender@example.org", 3);
    made.mail.recipients[2].address = "r2@example.net";
    auto other = made.deliveries[0];
    made.deliveries[0].recipients = {0, 1};
    other.recipients = {2};
    other.domain = "example.net";
    other.due = noon + 2h;
    made.deliveries.push_back(other);
    return made;
}

}  // namespace

TEST_CASE("what is selected is counted, and stays", "[queue][bulk]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    REQUIRE(current.commit(mail_from(current, "a@example.org")));
    REQUIRE(current.commit(mail_from(current, "b@example.org", 3)));
    REQUIRE(current.commit(mail_to_two_domains(current)));

    const auto count = [&](selection selection) {
        const auto progress = current.bulk(order(bulk_action::count, std::move(selection)));
        REQUIRE(progress.outcome);
        return progress.done;
    };
    CHECK(count({}) == store_totals{3, 7, 12});
    CHECK(count({.reverse_path = "b@example.org"}) == store_totals{1, 3, 4});
    CHECK(count({.reverse_path = "*@example.org"}) == store_totals{3, 7, 12});
    CHECK(count({.recipient = "r1@example.com"}) == store_totals{2, 2, 8});
    CHECK(count({.destination = "example.net"}) == store_totals{1, 1, 4});
    CHECK(count({.received_before = noon}) == store_totals{});
    CHECK(current.store().totals() == store_totals{3, 7, 12});
    CHECK(current.seen.removed().empty());
}

TEST_CASE("a sender's mail is removed with all that belongs to it", "[queue][bulk]") {
    const temporary_directory home;
    {
        life current(home.path());
        current.start();
        REQUIRE(current.commit(mail_to_two_domains(current)));
        REQUIRE(current.commit(mail_from(current, "stays@example.com")));
        const auto large = mail_from(current, "sender@example.org");
        auto chunked = large;
        chunked.mail.chunks = 2;
        REQUIRE(current.append(chunked.mail.id, 0, "first"));
        REQUIRE(current.commit(chunked));
        // One of its recipients was deferred before: it has a state.
        auto deferred = all_deferred(current.seen.deliveries(4)[0], noon + 3h);
        deferred.unfinished.pop_back();
        deferred.again[0].recipients = {0};
        deferred.finished = {1};
        REQUIRE(current.settle(deferred));

        const auto progress =
            current.bulk(order(bulk_action::remove, {.reverse_path = "*@example.org"}));
        CHECK(progress.outcome);
        CHECK(progress.done == store_totals{2, 3, 8});
        CHECK(current.store().totals() == store_totals{1, 1, 4});
        std::set<queue::message_id> gone;
        for (const auto& each : current.seen.removed()) {
            CHECK(each.message_gone);
            CHECK(each.left.empty());
            gone.insert(each.id);
        }
        CHECK(gone.size() == 2);
        CHECK(current.seen.removed().size() == 3);
        CHECK(current.read(chunked.mail.id).error() == queue::errc::not_found);
    }
    const auto left = look(home.path());
    CHECK(
        left.records ==
        std::map<queue::family, int>{
            {queue::family::envelope, 1},
            {queue::family::body, 1},
            {queue::family::schedule, 1},
        }
    );
    CHECK(
        left.events ==
        std::set<std::string>{"operator removed 2 messages, 3 recipients: sender *@example.org"}
    );
}

TEST_CASE("a message that is meant in part loses these recipients only", "[queue][bulk]") {
    const temporary_directory home;
    queue::message_id id;
    {
        life current(home.path());
        current.start();
        const auto message = mail_to_two_domains(current);
        id = message.mail.id;
        REQUIRE(current.commit(message));
        const auto [gone, left] = GENERATE(
            std::pair{"r0@example.com", std::vector<std::uint32_t>{1}},
            std::pair{"r1@example.com", std::vector<std::uint32_t>{0}}
        );
        const auto progress = current.bulk(order(bulk_action::remove, {.recipient = gone}));
        CHECK(progress.done == store_totals{0, 1, 0});
        const auto told = current.seen.removed();
        REQUIRE(told.size() == 1);
        CHECK(told[0].entry == entry_at(noon + 1h));
        CHECK(told[0].left == left);
        CHECK_FALSE(told[0].message_gone);
        CHECK(current.store().totals() == store_totals{1, 2, 4});
    }
    {
        life after(home.path());
        after.start();
        const auto found = after.seen.deliveries(2);
        CHECK(found.size() == 2);
        CHECK(found[0].recipients.size() == 1);
        for (const auto& each : found)
            REQUIRE(after.settle(all_finished(each)));
        CHECK(after.store().totals() == store_totals{});
    }
    CHECK(look(home.path()).records.empty());
}

TEST_CASE("a destination is removed, and the other stays", "[queue][bulk]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    REQUIRE(current.commit(mail_to_two_domains(current)));
    current.bulk(order(bulk_action::remove, {.destination = "example.com"}));
    CHECK(current.store().totals() == store_totals{1, 1, 4});
    current.bulk(order(bulk_action::remove, {.destination = "example.net"}));
    CHECK(current.store().totals() == store_totals{});
}

TEST_CASE("a removal in the middle of an attempt is safe", "[queue][bulk]") {
    const temporary_directory home;
    {
        life current(home.path());
        current.start();
        REQUIRE(current.commit(mail_from(current, "sender@example.org", 3)));
        const auto attempted = current.seen.deliveries(1)[0];
        auto end = all_deferred(attempted, noon + 3h);

        SECTION("of the whole message: its settlement finds nothing") {
            current.bulk(order(bulk_action::remove, {.reverse_path = "*@example.org"}));
            end.bounce = mail(current.store().allocate(), "bounce");
            const auto bounce = end.bounce->mail.id;
            REQUIRE(current.settle(std::move(end)));
            CHECK(current.read(bounce).error() == queue::errc::not_found);
            CHECK(current.seen.deliveries(1).size() == 1);
        }
        SECTION("of a recipient that is deferred meanwhile: it does not come again") {
            const auto gone = GENERATE("r0@example.com", "r1@example.com", "r2@example.com");
            current.bulk(order(bulk_action::remove, {.recipient = gone}));
            REQUIRE(current.settle(std::move(end)));
            const auto again = current.seen.deliveries(2);
            REQUIRE(again.size() == 2);
            CHECK(again[1].due == noon + 3h);
            CHECK(again[1].recipients.size() == 2);
            CHECK(current.store().totals() == store_totals{1, 2, 4});
            REQUIRE(current.settle(all_finished(again[1])));
        }
        SECTION("of a recipient that is delivered meanwhile: nothing is left") {
            current.bulk(order(bulk_action::remove, {.recipient = "r0@example.com"}));
            REQUIRE(current.settle(all_finished(attempted)));
        }
        CHECK(current.store().totals() == store_totals{});
    }
    CHECK(look(home.path()).records.empty());
}

TEST_CASE("a flush moves due times in memory, and no record", "[queue][bulk]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    REQUIRE(current.commit(mail_to_two_domains(current)));
    REQUIRE(current.commit(mail_from(current, "other@example.com")));
    const auto batches = current.counts.store.store_sync_batch_size.count();
    const auto progress =
        current.bulk(order(bulk_action::flush, {.reverse_path = "sender@example.org"}));
    CHECK(progress.done == store_totals{1, 3, 4});
    const auto moved = current.seen.moved();
    REQUIRE(moved.size() == 2);
    for (const auto& each : moved) {
        CHECK(each.due == noon + 7min);
        CHECK(each.entry >= entry_at(noon + 1h));
        REQUIRE(current.settle(all_finished(each)));
    }
    CHECK(current.counts.store.store_sync_batch_size.count() == batches + 2);
    CHECK(current.store().totals() == store_totals{1, 1, 4});
}

TEST_CASE("an order over more than one piece goes through all of them", "[queue][bulk]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    constexpr int count = 20'000;
    std::atomic<int> left{count};
    std::promise<void> stored;
    for (int i = 0; i < count; ++i) {
        current.store().commit(mail_from(current, "s@example.org"), current.home, [&](auto) {
            if (--left == 0) stored.set_value();
        });
    }
    REQUIRE(stored.get_future().wait_for(20s) == std::future_status::ready);
    CHECK(current.bulk(order(bulk_action::count, {})).done.messages == count);
    CHECK(current.bulk(order(bulk_action::remove, {})).done.messages == count);
    CHECK(current.store().totals() == store_totals{});
    CHECK(current.seen.removed().size() == count);
}

TEST_CASE("I1 I2 a removal that a failed write interrupts is carried out", "[queue][bulk]") {
    for (int nth = 1;; ++nth) {
        CAPTURE(nth);
        const temporary_directory home;
        const auto files = std::make_shared<faulty_files>();
        {
            life current(home.path(), {}, files);
            current.start();
            REQUIRE(current.commit(mail_to_two_domains(current)));
            REQUIRE(current.commit(mail_from(current, "stays@example.com")));
            files->fail(faulty_files::fault::io_error, nth, 2);
            CHECK(
                current.bulk(order(bulk_action::remove, {.reverse_path = "*@example.org"})).outcome
            );
            files->heal();
        }
        files->forget_unsynced();
        life after(home.path());
        after.start();
        CHECK(after.store().totals() == store_totals{1, 1, 4});
        CHECK(after.seen.deliveries(1).size() == 1);
        if (files->failures() == 0) break;
    }
}

TEST_CASE("a crash in the middle of a removal leaves whole messages", "[queue][bulk]") {
    // A message of two entries, and the power fails after each of the removal's writes.
    for (int writes = 0;; ++writes) {
        CAPTURE(writes);
        const temporary_directory home;
        const auto files = std::make_shared<faulty_files>();
        queue::message_id id;
        bool finished = false;
        {
            life current(home.path(), {}, files);
            current.start();
            const auto message = mail_to_two_domains(current);
            id = message.mail.id;
            REQUIRE(current.commit(message));
            files->fail(faulty_files::fault::io_error, writes + 1, 1'000'000);
            auto over = std::make_shared<std::promise<queue::bulk_progress>>();
            current.store().bulk(
                order(bulk_action::remove, {.reverse_path = "*@example.org"}),
                current.home,
                [over](const auto& progress) {
                    if (progress.over) over->set_value(progress);
                }
            );
            auto future = over->get_future();
            const auto broken = [&] { return files->failures() > 0; };
            while (!broken() && future.wait_for(1ms) != std::future_status::ready)
                continue;
            current.close();
            finished = future.get().outcome.has_value();
        }
        files->forget_unsynced();
        life after(home.path());
        after.start();
        const auto message = after.read(id);
        CHECK(after.store().totals() == (message ? store_totals{1, 3, 4} : store_totals{}));
        const auto entries = after.seen.deliveries(message ? 2 : 0);
        if (message) CHECK(entries.size() == 2);
        if (finished) {
            CHECK_FALSE(message);
            CHECK(entries.empty());
            break;
        }
        for (const auto& each : entries)
            REQUIRE(after.settle(all_finished(each)));
        CHECK(after.store().totals() == store_totals{});
    }
}

TEST_CASE("an order that the store is closed upon says so", "[queue][bulk]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    current.close();
    CHECK(current.bulk(order(bulk_action::count, {})).outcome.error() == queue::errc::closed);
}
