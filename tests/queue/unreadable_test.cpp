// Reads that fail for the moment: nothing is forgotten, and everything continues when the disk can
// be read again.
//
// The records must be in a table of which nothing is cached. So the store is opened again, which
// moves the log's content into tables, and the tables fail.
#include <set>

#include "tests/queue/fixture.hpp"
#include "tests/support/faulty_files.hpp"

using namespace tests;

namespace {

// A queue that holds `messages`, as a process finds it.
void fill(const std::filesystem::path& home, std::size_t messages, std::size_t recipients) {
    life before(home);
    before.start();
    for (std::size_t i = 0; i < messages; ++i)
        REQUIRE(before.commit(mail(before.store().allocate(), "body", recipients)));
}

// Ends an attempt while tables can't be read. `meanwhile` runs once that was noticed.
queue::result<void> settle_unread(
    life& current,
    faulty_files& files,
    queue::settlement end,
    const std::function<void()>& meanwhile = [] {}
) {
    files.fail_reads(".sst");
    auto promise = std::make_shared<std::promise<queue::result<void>>>();
    auto future = promise->get_future();
    current.store().settle(std::move(end), current.home, [promise](auto outcome) {
        promise->set_value(outcome);
    });
    current.seen.await("unreadable");
    meanwhile();
    CHECK(future.wait_for(0s) == std::future_status::timeout);
    files.read_again();
    REQUIRE(future.wait_for(20s) == std::future_status::ready);
    return future.get();
}

}  // namespace

TEST_CASE(
    "D17 a settlement whose envelope can't be read for the moment is kept, and written later",
    "[queue][faults]"
) {
    const temporary_directory home;
    fill(home.path(), 1, 1);
    const auto files = std::make_shared<faulty_files>();
    life current(home.path(), {}, files);
    current.start();
    const auto attempted = current.seen.deliveries(1)[0];

    SECTION("a deferral comes back") {
        REQUIRE(settle_unread(current, *files, all_deferred(attempted, noon + 5min)));
        CHECK(current.seen.deliveries(2)[1].due == noon + 5min);
        CHECK(current.store().totals().messages == 1);
        current.close();
        life after(home.path());
        after.start();
        CHECK(after.seen.deliveries(1)[0].entry == entry_at(noon + 5min));
        CHECK(after.seen.deliveries(1)[0].attempts == 1);
    }
    SECTION("a delivery is noted down") {
        REQUIRE(settle_unread(current, *files, all_finished(attempted)));
        CHECK(current.store().totals() == queue::store_totals{});
        current.close();
        life after(home.path());
        after.start();
        CHECK(after.seen.heard("recovered 0"));
    }
    SECTION("a bounce is stored with it") {
        auto end = all_finished(attempted);
        end.bounce = mail(current.store().allocate(), "report");
        const auto id = end.bounce->mail.id;
        REQUIRE(settle_unread(current, *files, std::move(end)));
        CHECK(current.store().totals().messages == 1);
        CHECK(current.seen.deliveries(2)[1].id == id);
        CHECK(current.read(id));
    }
    SECTION("new mail does not wait for it") {
        const auto other = current.store().allocate();
        const auto ended = settle_unread(current, *files, all_finished(attempted), [&] {
            CHECK(current.store().state() == queue::store_state::open);
            CHECK(current.commit(mail(other, "body")));
        });
        REQUIRE(ended);
        CHECK(current.store().totals().messages == 1);
        CHECK_FALSE(current.seen.heard("reopening"));
        CHECK(current.counts.store.store_errors_total(metrics::store_op::get).value() > 0);
    }
    SECTION("a store that closes meanwhile says so, and the message is tried again") {
        files->fail_reads(".sst");
        auto promise = std::make_shared<std::promise<queue::result<void>>>();
        auto ended = promise->get_future();
        current.store().settle(all_finished(attempted), current.home, [promise](auto outcome) {
            promise->set_value(outcome);
        });
        current.seen.await("unreadable");
        current.close();
        CHECK(ended.get().error() == queue::errc::closed);
        life after(home.path());
        after.start();
        CHECK(after.seen.deliveries(1)[0].id == attempted.id);
    }
}

TEST_CASE(
    "D17 whichever read of a settlement fails, each recipient is finished once", "[queue][faults]"
) {
    // Of three recipients one was finished before and one was tried: envelope, entry and states are
    // read to settle the others. Each table is one of these families.
    for (int nth = 1;; ++nth) {
        CAPTURE(nth);
        const temporary_directory home;
        {
            life before(home.path());
            before.start();
            REQUIRE(before.commit(mail(before.store().allocate(), "body", 3)));
            auto first = all_deferred(before.seen.deliveries(1)[0], noon + 1min);
            first.finished = {0};
            first.unfinished.erase(first.unfinished.begin());
            first.again[0].recipients = {1, 2};
            REQUIRE(before.settle(std::move(first)));
        }
        const auto files = std::make_shared<faulty_files>();
        life current(home.path(), {}, files);
        current.start();
        const auto left = current.seen.deliveries(1)[0];
        REQUIRE(left.recipients == std::vector<std::uint32_t>{1, 2});

        files->fail_nth_read(".sst", nth, 1);
        REQUIRE(current.settle(all_finished(left)));
        const bool failed = files->failures() > 0;
        CHECK(current.store().totals() == queue::store_totals{});
        CHECK(current.read(left.id).error() == queue::errc::not_found);
        CHECK(current.seen.heard("unreadable") == failed);
        current.close();
        life after(home.path());
        after.start();
        CHECK(after.seen.heard("recovered 0"));
        CHECK(after.store().totals() == queue::store_totals{});
        if (!failed) {
            CHECK(nth > 3);  // envelope, entry, states
            break;
        }
    }
}

TEST_CASE(
    "D17 an attempt whose message can't be read for the moment is not told that it is gone",
    "[queue][faults]"
) {
    const temporary_directory home;
    fill(home.path(), 1, 2);
    for (int nth = 1;; ++nth) {
        CAPTURE(nth);
        const auto files = std::make_shared<faulty_files>();
        life current(home.path(), {}, files);
        current.start();
        const auto waiting = current.seen.deliveries(1)[0];
        files->fail_nth_read(".sst", nth, 1);
        const auto first = current.read(waiting.id);
        if (files->failures() == 0) {
            CHECK(first);
            CHECK(nth > 1);
            break;
        }
        REQUIRE_FALSE(first);
        CHECK(first.error() == queue::errc::failed);
        CHECK(current.read(waiting.id));
        CHECK(current.store().totals().messages == 1);
    }
}

TEST_CASE(
    "D17 a schedule that can't be read for the moment is announced later, whole and once",
    "[queue][faults]"
) {
    const temporary_directory home;
    constexpr std::size_t count = 3000;
    fill(home.path(), count, 1);
    {
        life through(home.path());  // what the log held goes into tables
        through.start();
    }
    const auto files = std::make_shared<faulty_files>();
    life current(home.path(), {}, files);
    files->fail_nth_read(".sst", 1, 6);
    current.start();
    CHECK(files->failures() > 0);
    CHECK(current.seen.heard("unreadable"));
    CHECK(current.seen.heard("recovered " + std::to_string(count)));
    CHECK(current.seen.deliveries(count).size() == count);
    CHECK_FALSE(current.seen.heard("quarantined"));
    std::set<queue::message_id> ids;
    for (const auto& each : current.seen.deliveries(count))
        ids.insert(each.id);
    CHECK(ids.size() == count);
}
