#include <set>

#include "tests/queue/fixture.hpp"

using namespace tests;

TEST_CASE("a committed message is announced, and read from memory and from disk", "[queue]") {
    const temporary_directory home;
    queue::message_id id;
    {
        life first(home.path());
        first.start();
        id = first.store().allocate();
        REQUIRE(first.commit(mail(id, "a\r\n\r\nbody\r\n")));

        const auto announced = first.seen.deliveries(1);
        CHECK(announced[0].id == id);
        CHECK(announced[0].entry == entry_at(noon));
        const auto recent = first.store().read_recent(id);
        REQUIRE(recent);
        CHECK(recent->first_chunk == "a\r\n\r\nbody\r\n");
    }
    life second(home.path());
    second.start();

    CHECK(second.store().read_recent(id) == nullptr);
    const auto message = second.read(id);
    REQUIRE(message);
    CHECK((*message)->first_chunk == "a\r\n\r\nbody\r\n");
    CHECK((*message)->mail.reverse_path == "sender@example.org");
    CHECK((*message)->states.empty());
    CHECK(second.seen.deliveries(1)[0].recipients == std::vector<std::uint32_t>{0});
    CHECK(second.store().totals() == queue::store_totals{1, 1, 11});
}

TEST_CASE("a message that is finished leaves nothing behind", "[queue]") {
    const temporary_directory home;
    {
        life first(home.path());
        first.start();
        const auto id = first.store().allocate();
        REQUIRE(first.commit(mail(id, "body")));
        REQUIRE(first.settle(all_finished(first.seen.deliveries(1)[0])));

        CHECK(first.store().read_recent(id) == nullptr);
        CHECK(first.read(id).error() == queue::errc::not_found);
        CHECK(first.store().totals() == queue::store_totals{});
    }
    life second(home.path());
    second.start();
    CHECK(second.seen.heard("recovered 0"));
}

TEST_CASE("names are forgotten after two months", "[queue]") {
    const temporary_directory home;
    const auto names_after = [&](std::chrono::days time) {
        queue::store_options options;
        options.now = [time] { return noon + time; };
        life process(home.path(), options);
        process.start();
        return *process.find_names({"name"});
    };
    queue::message_id id;
    {
        life first(home.path());
        first.start();
        auto message = mail(id = first.store().allocate(), "body");
        message.names = {"name"};
        REQUIRE(first.commit(std::move(message)));
    }
    CHECK(names_after(std::chrono::days(30)).front() == id);
    CHECK_FALSE(names_after(std::chrono::days(61)).front());
    // It is not only passed over: with a clock that was set back it is not there either.
    CHECK_FALSE(names_after(std::chrono::days(30)).front());
}

TEST_CASE("a message is removed with its last recipient, whatever the order", "[queue]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    auto message = mail(current.store().allocate(), "body", 3);
    const auto id = message.mail.id;
    auto& all = message.deliveries;
    all = {all[0], all[0], all[0]};
    for (std::uint32_t i = 0; i < 3; ++i)
        all[i].recipients = {i};
    REQUIRE(current.commit(std::move(message)));
    const auto announced = current.seen.deliveries(3);

    REQUIRE(current.settle(all_finished(announced[2])));
    REQUIRE(current.settle(all_finished(announced[0])));
    CHECK(current.store().totals() == queue::store_totals{1, 1, 4});
    CHECK(current.read(id));

    REQUIRE(current.settle(all_finished(announced[1])));
    CHECK(current.store().totals() == queue::store_totals{});
    CHECK(current.read(id).error() == queue::errc::not_found);
}

TEST_CASE("recipients of one message may be settled in one batch", "[queue]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    constexpr std::uint32_t count = 50;
    auto message = mail(current.store().allocate(), "body", count);
    auto& all = message.deliveries;
    const auto first = all[0];
    all.assign(count, first);
    for (std::uint32_t i = 0; i < count; ++i)
        all[i].recipients = {i};
    REQUIRE(current.commit(std::move(message)));

    std::atomic<std::uint32_t> left{count};
    std::promise<void> over;
    for (const auto& each : current.seen.deliveries(count)) {
        current.store().settle(all_finished(each), current.home, [&](queue::result<void> outcome) {
            if (outcome && --left == 0) over.set_value();
        });
    }
    REQUIRE(over.get_future().wait_for(20s) == std::future_status::ready);
    CHECK(current.store().totals() == queue::store_totals{});
}

TEST_CASE("Q003 a deferred recipient keeps attempts, reply and time across a restart", "[queue]") {
    const temporary_directory home;
    queue::message_id id;
    {
        life first(home.path());
        first.start();
        id = first.store().allocate();
        REQUIRE(first.commit(mail(id, "body")));
        REQUIRE(first.settle(all_deferred(first.seen.deliveries(1)[0], noon + 5min)));
        CHECK(first.seen.deliveries(2)[1].due == noon + 5min);
    }
    life second(home.path());
    second.start();

    const auto again = second.seen.deliveries(1)[0];
    CHECK(again.due == noon + 5min);
    CHECK(again.attempts == 1);
    const auto message = second.read(id);
    REQUIRE(message);
    REQUIRE((*message)->states.size() == 1);
    CHECK((*message)->states[0].diagnostic == "452 mailbox full");

    REQUIRE(second.settle(all_finished(again)));
    CHECK(second.store().totals() == queue::store_totals{});
}

TEST_CASE("a second attempt a moment later knows the first", "[queue]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    const auto id = current.store().allocate();
    REQUIRE(current.commit(mail(id, "body")));
    REQUIRE(current.settle(all_deferred(current.seen.deliveries(1)[0], noon + 5min)));

    CHECK(current.store().read_recent(id) == nullptr);
    const auto message = current.read(id);
    REQUIRE(message);
    REQUIRE((*message)->states.size() == 1);
    CHECK((*message)->states[0].attempts == 1);
}

TEST_CASE("one delivered, one deferred, one failed of three: the deferred one stays", "[queue]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    const auto id = current.store().allocate();
    REQUIRE(current.commit(mail(id, "body", 3)));
    const auto attempted = current.seen.deliveries(1)[0];

    queue::settlement end;
    end.attempted = attempted;
    end.finished = {0, 2};
    end.unfinished.resize(1);
    end.unfinished[0].index = 1;
    end.unfinished[0].attempts = 1;
    end.again.push_back(attempted);
    end.again[0].recipients = {1};
    end.again[0].due = noon + 5min;
    end.bounce = mail(current.store().allocate(), "bounce");
    const auto bounce = end.bounce->mail.id;
    REQUIRE(current.settle(std::move(end)));

    CHECK(current.seen.deliveries(3).size() == 3);
    CHECK(current.read(bounce));
    const auto message = current.read(id);
    REQUIRE(message);
    REQUIRE((*message)->states.size() == 1);
    CHECK((*message)->states[0].index == 1);
    CHECK(current.store().totals() == queue::store_totals{2, 2, 10});
}

TEST_CASE("Q020 the bounce is stored by the write that removes the message", "[queue]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    const auto id = current.store().allocate();
    REQUIRE(current.commit(mail(id, "body")));
    auto end = all_finished(current.seen.deliveries(1)[0]);
    end.bounce = mail(current.store().allocate(), "bounce");
    const auto bounce = end.bounce->mail.id;
    const auto batches = current.counts.store.store_sync_batch_size.count();

    REQUIRE(current.settle(std::move(end)));

    CHECK(current.counts.store.store_sync_batch_size.count() == batches + 1);
    CHECK(current.read(id).error() == queue::errc::not_found);
    CHECK(current.store().read_recent(bounce));
    CHECK(current.seen.deliveries(2)[1].id == bounce);
}

TEST_CASE("R8 what is withheld is stored, and announced only after a restart", "[queue]") {
    const temporary_directory home;
    queue::delivery withheld;
    {
        life first(home.path());
        first.start();
        REQUIRE(first.commit(mail(first.store().allocate(), "body", 3)));
        const auto attempted = first.seen.deliveries(1).front();
        withheld = attempted;
        withheld.entry = {};
        withheld.due = attempted.due + 1s;
        withheld.recipients = {1, 2};
        queue::settlement end;
        end.attempted = attempted;
        end.finished = {0};
        end.withheld = withheld;
        REQUIRE(first.settle(end));
        REQUIRE(first.settle(end));  // once more changes nothing
        CHECK(first.seen.deliveries(1).size() == 1);
        CHECK(first.store().totals().messages == 1);
        CHECK(first.store().totals().recipients == 2);
        SECTION("and then its end is settled") {
            REQUIRE(first.settle(all_finished(withheld)));
            CHECK(first.store().totals().messages == 0);
        }
        SECTION("or it is not") {}
    }
    life second(home.path());
    const auto left = second.store().totals().messages;
    second.start();
    if (left == 0) return;
    const auto announced = second.seen.deliveries(1);
    REQUIRE(announced.size() == 1);
    CHECK(announced[0].recipients == withheld.recipients);
    REQUIRE(second.settle(all_finished(announced[0])));
    CHECK(second.store().totals().messages == 0);
}

TEST_CASE("R8 several entries of a message end in one write, with one bounce", "[queue]") {
    const temporary_directory home;
    queue::settlement together;
    queue::message_id bounce;
    {
        life first(home.path());
        first.start();
        auto message = mail(first.store().allocate(), "body", 3);
        const auto all = message.deliveries.front();
        message.deliveries.clear();
        for (std::uint32_t i = 0; i < 3; ++i) {
            auto part = all;
            part.domain = std::to_string(i) + ".example.com";
            part.recipients = {i};
            message.deliveries.push_back(part);
        }
        REQUIRE(first.commit(std::move(message)));
        const auto entries = first.seen.deliveries(3);
        const auto batches = first.counts.store.store_sync_batch_size.count();

        together.attempted = entries[2];
        together.others = {entries[0]};
        together.finished = {entries[2].recipients[0], entries[0].recipients[0]};
        together.bounce = mail(first.store().allocate(), "bounce");
        bounce = together.bounce->mail.id;
        SECTION("all of them") {}
        SECTION("those that are left: the first one ended before") {
            REQUIRE(first.settle(all_finished(entries[2])));
        }
        const bool alone = first.counts.store.store_sync_batch_size.count() == batches;
        REQUIRE(first.settle(together));
        if (alone) CHECK(first.counts.store.store_sync_batch_size.count() == batches + 1);
        CHECK(first.store().totals() == queue::store_totals{2, 2, 10});

        REQUIRE(first.settle(together));  // the second time it does nothing
        CHECK(first.store().totals() == queue::store_totals{2, 2, 10});
    }
    life second(home.path());
    second.start();
    auto left = second.seen.deliveries(2);
    REQUIRE(left.size() == 2);
    if (left[0].id == bounce) std::swap(left[0], left[1]);
    CHECK(left[0].domain == "1.example.com");
    CHECK(left[1].id == bounce);
    REQUIRE(second.settle(all_finished(left[0])));
    CHECK(second.store().totals() == queue::store_totals{1, 1, 6});
}

TEST_CASE("Q024 settling twice does nothing the second time", "[queue]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    const auto id = current.store().allocate();
    REQUIRE(current.commit(mail(id, "body", 2)));
    const auto attempted = current.seen.deliveries(1)[0];

    SECTION("when the message is gone") {
        auto end = all_finished(attempted);
        REQUIRE(current.settle(end));
        end.bounce = mail(current.store().allocate(), "bounce");
        REQUIRE(current.settle(end));
        CHECK(current.store().totals() == queue::store_totals{});
    }
    SECTION("when it was deferred") {
        const auto end = all_deferred(attempted, noon + 5min);
        REQUIRE(current.settle(end));
        const auto again = current.seen.deliveries(2)[1];
        REQUIRE(current.settle(all_deferred(again, noon + 10min)));
        REQUIRE(current.settle(end));
        CHECK(current.seen.deliveries(3).size() == 3);
        CHECK(current.seen.deliveries(3)[2].due == noon + 10min);
    }
    SECTION("when there never was such a message") {
        auto unknown = attempted;
        unknown.id = current.store().allocate();
        REQUIRE(current.settle(all_deferred(unknown, noon + 5min)));
        CHECK(current.seen.deliveries(1).size() == 1);
        CHECK(current.store().totals() == queue::store_totals{1, 2, 4});
    }
}

TEST_CASE("a delivery whose due time was moved in memory still settles its entry", "[queue]") {
    const temporary_directory home;
    {
        life first(home.path());
        first.start();
        REQUIRE(first.commit(mail(first.store().allocate(), "body")));
        auto moved = first.seen.deliveries(1)[0];
        moved.due += 1min;
        REQUIRE(first.settle(all_finished(moved)));
    }
    life second(home.path());
    second.start();
    CHECK(second.seen.heard("recovered 0"));
}

TEST_CASE("a body of several chunks is committed whole", "[queue]") {
    const temporary_directory home;
    queue::message_id id;
    {
        life first(home.path());
        first.start();
        id = first.store().allocate();
        REQUIRE(first.append(id, 0, "one "));
        REQUIRE(first.append(id, 1, "two "));
        auto message = mail(id, "three");
        message.mail.chunks = 3;
        REQUIRE(first.commit(std::move(message)));
    }
    life second(home.path());
    second.start();
    const auto message = second.read(id);
    REQUIRE(message);
    CHECK((*message)->first_chunk == "one ");
    CHECK(*second.read_chunk(id, 1) == "two ");
    CHECK(*second.read_chunk(id, 2) == "three");
    REQUIRE(second.settle(all_finished(second.seen.deliveries(1)[0])));
    CHECK(second.read_chunk(id, 1).error() == queue::errc::not_found);
}

TEST_CASE("a commit whose chunks are not all there is refused", "[queue]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    auto message = mail(current.store().allocate(), "three");
    message.mail.chunks = 3;
    REQUIRE(current.append(message.mail.id, 0, "one "));
    CHECK(current.commit(std::move(message)).error() == queue::errc::failed);
    CHECK(current.store().totals() == queue::store_totals{});
}

TEST_CASE("chunks of a message that never was committed are swept by the next start", "[queue]") {
    const temporary_directory home;
    queue::message_id orphan;
    {
        life first(home.path());
        first.start();
        orphan = first.store().allocate();
        REQUIRE(first.append(orphan, 0, "one"));
        REQUIRE(first.append(orphan, 1, "two"));
        // Synced with this one, as any chunk is by the next batch.
        REQUIRE(first.commit(mail(first.store().allocate(), "body")));
    }
    life second(home.path());
    second.start();
    const auto arriving = second.store().allocate();
    REQUIRE(second.append(arriving, 0, "new "));
    REQUIRE(second.commit(mail(second.store().allocate(), "body")));
    second.close();
    CHECK(second.counts.queue.queue_orphans_swept_total.value() == 1);

    life third(home.path());
    third.start();
    CHECK(third.read_chunk(orphan, 0).error() == queue::errc::not_found);
    CHECK(third.read_chunk(orphan, 1).error() == queue::errc::not_found);
}

TEST_CASE("requests that wait are written with one sync", "[queue]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    constexpr int count = 500;
    commit_many(current, count);
    CHECK(current.counts.store.store_sync_batch_size.count() < count / 4);
    CHECK(current.home.posts < count / 4);
}

TEST_CASE("every call completes once, also when the store is closed", "[queue]") {
    const temporary_directory home;
    life current(home.path());
    current.start();
    constexpr int count = 200;
    std::atomic<int> completed{0};
    for (int i = 0; i < count; ++i) {
        const auto id = current.store().allocate();
        current.store().commit(mail(id, "body"), current.home, [&](auto) { ++completed; });
        current.store().read(id, current.home, [&](auto) { ++completed; });
    }
    current.close();
    CHECK(completed == 2 * count);

    CHECK(current.commit(mail(current.store().allocate(), "late")).error() == queue::errc::closed);
    CHECK(current.read(queue::message_id(1)).error() == queue::errc::closed);
    CHECK(current.store().state() == queue::store_state::closed);
}

TEST_CASE("a store that was never started closes, and completes what it was asked", "[queue]") {
    const temporary_directory home;
    life current(home.path());
    std::atomic<int> completed{0};
    current.store()
        .commit(mail(current.store().allocate(), "body"), current.home, [&](auto outcome) {
            if (outcome.error() == queue::errc::closed) ++completed;
        });
    current.close();
    CHECK(completed == 1);
}

TEST_CASE("Q022 ids are not used again after a restart with the clock behind", "[queue]") {
    const temporary_directory home;
    std::set<queue::message_id> given;
    for (const auto offset : {0h, -24h * 3650, 24h * 3650, 0h, -1h}) {
        queue::store_options options;
        options.now = [offset] { return noon + offset; };
        life current(home.path(), options);
        for (int i = 0; i < 100; ++i)
            CHECK(given.insert(current.store().allocate()).second);
    }
}

TEST_CASE("a second process is refused with the holder's pid", "[queue]") {
    const temporary_directory home;
    const life first(home.path());
    REQUIRE(first.opened());
    const life second(home.path());
    CHECK_FALSE(second.opened());
    CHECK_THAT(
        second.why_not(), Catch::Matchers::ContainsSubstring("pid " + std::to_string(::getpid()))
    );
}

TEST_CASE("a directory that can't be made is named", "[queue]") {
    const life current("/proc/no-such-place/queue");
    CHECK_FALSE(current.opened());
    CHECK_THAT(current.why_not(), Catch::Matchers::ContainsSubstring("/proc/no-such-place/queue"));
}

TEST_CASE("low space refuses new mail, lets deliveries end, and passes", "[queue]") {
    const temporary_directory home;
    std::atomic<std::uint64_t> free{2000};
    queue::store_options options;
    options.free_min = 1000;
    options.free_space = [&free] { return free.load(); };
    life current(home.path(), options);
    current.start();
    REQUIRE(current.commit(mail(current.store().allocate(), "body")));

    free = 999;
    current.seen.await("full");
    CHECK(current.store().state() == queue::store_state::full);
    CHECK(current.commit(mail(current.store().allocate(), "body")).error() == queue::errc::full);
    CHECK(current.append(current.store().allocate(), 0, "chunk").error() == queue::errc::full);
    REQUIRE(current.settle(all_finished(current.seen.deliveries(1)[0])));

    free = 1200;
    current.seen.await("space again");
    CHECK(current.commit(mail(current.store().allocate(), "body")));
}
