// Faults of the disk: I1 (nothing acknowledged is lost) and I2 (nothing refused comes back) of the
// invariants hold at every write that may fail.
#include <rocksdb/db.h>

#include <fstream>
#include <set>

#include "queue/rocks/database.hpp"
#include "queue/rocks/keys.hpp"
#include "tests/queue/fixture.hpp"
#include "tests/support/faulty_files.hpp"

using namespace tests;

namespace {

// What the world outside the store knows: which messages were acknowledged, which were refused.
struct ledger {
    std::set<queue::message_id> acknowledged;
    std::set<queue::message_id> refused;
    std::set<queue::message_id> named;    // acknowledged, also those that have left since
    std::set<queue::message_id> unnamed;  // refused from the beginning
};

void send(life& current, ledger& book) {
    const auto id = current.store().allocate();
    auto message = mail(id, "body");
    message.names = {"name of " + id.text()};
    message.deliveries[0].attempts = 1;
    message.states.emplace_back().attempts = 1;
    const bool stored = current.commit(std::move(message)).has_value();
    (stored ? book.acknowledged : book.refused).insert(id);
    (stored ? book.named : book.unnamed).insert(id);
}

void send_large(life& current, ledger& book) {
    const auto id = current.store().allocate();
    auto message = mail(id, "end");
    message.mail.chunks = 2;
    const bool stored = current.append(id, 0, "begin ") && current.commit(std::move(message));
    (stored ? book.acknowledged : book.refused).insert(id);
}

// Ends the attempt of a message that was acknowledged; always succeeds in the end.
void finish_one(life& current, ledger& book) {
    if (book.acknowledged.empty()) return;
    const auto id = *book.acknowledged.begin();
    auto tried = mail(id, "body").deliveries[0];
    tried.attempts = 1;
    REQUIRE(current.settle(all_finished(tried)));
    book.acknowledged.erase(id);
    book.refused.insert(id);
}

void check(life& current, const ledger& book) {
    for (const auto id : book.acknowledged) {
        const auto message = current.read(id);
        REQUIRE(message);
        CHECK((*message)->first_chunk == ((*message)->mail.chunks == 1 ? "body" : "begin "));
        if ((*message)->mail.chunks == 2) CHECK(*current.read_chunk(id, 1) == "end");
    }
    for (const auto id : book.refused)
        CHECK(current.read(id).error() == queue::errc::not_found);
    for (const auto id : book.named)
        CHECK(current.find_names({"name of " + id.text()})->front() == id);
    for (const auto id : book.unnamed)
        CHECK_FALSE(current.find_names({"name of " + id.text()})->front());
    const auto announced = current.seen.deliveries(book.acknowledged.size());
    for (const auto& each : announced)
        CHECK(book.acknowledged.contains(each.id));
    CHECK(current.store().totals().messages == book.acknowledged.size());
}

std::filesystem::path newest_log(const std::filesystem::path& directory) {
    std::filesystem::path newest;
    for (const auto& file : std::filesystem::directory_iterator(directory / "db")) {
        if (file.path().extension() == ".log") newest = std::max(newest, file.path());
    }
    return newest;
}

void flip_byte(const std::filesystem::path& file, std::streamoff at) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(at);
    const char flipped = static_cast<char>(bytes.get() ^ 0x10);
    bytes.seekp(at);
    bytes.put(flipped);
}

// Changes a record without the store's knowledge.
void damage(const std::filesystem::path& directory, queue::family column, const std::string& key) {
    queue::store_options options;
    options.directory = directory;
    options.now = [] { return noon; };
    const auto opened = queue::database::open(options, {});
    REQUIRE(opened.handle);
    rocksdb::PinnableSlice record;
    REQUIRE(opened.handle->get(column, key, record).ok());
    auto damaged = record.ToString();
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
    auto& db = *opened.handle;
    // The store erases with SingleDelete, so the key must be written once.
    REQUIRE(db->SingleDelete({}, db.handle_of(column), key).ok());
    REQUIRE(db->Put({}, db.handle_of(column), key, damaged).ok());
}

}  // namespace

TEST_CASE(
    "I1 I2 whichever write fails, nothing acknowledged is lost, nothing refused returns",
    "[queue][faults]"
) {
    using fault = faulty_files::fault;
    struct example {
        fault kind;
        int times;
    };
    const auto [how, times] = GENERATE(
        example{fault::io_error, 1}, example{fault::io_error, 4}, example{fault::no_space, 2}
    );
    for (int nth = 1;; ++nth) {
        CAPTURE(how, times, nth);
        const temporary_directory home;
        const auto files = std::make_shared<faulty_files>();
        ledger book;
        {
            life current(home.path(), {}, files);
            current.start();
            files->fail(how, nth, times);
            send(current, book);
            send_large(current, book);
            finish_one(current, book);
            send(current, book);
            files->heal();
            if (files->failures() > 0) {
                current.seen.await("reopened");
                CHECK(
                    current.counts.store.store_errors_total(metrics::store_op::batch).value() > 0
                );
            }
            send(current, book);
        }
        files->forget_unsynced();
        life after(home.path());
        after.start();
        check(after, book);
        if (files->failures() == 0) break;
    }
}

TEST_CASE("I1 whatever was acknowledged was synced", "[queue][faults]") {
    const temporary_directory home;
    const auto files = std::make_shared<faulty_files>();
    ledger book;
    {
        life current(home.path(), {}, files);
        current.start();
        for (int i = 0; i < 10; ++i) {
            send(current, book);
            send_large(current, book);
            if (i % 3 == 0) finish_one(current, book);
        }
    }
    files->forget_unsynced();
    life after(home.path());
    after.start();
    check(after, book);
}

TEST_CASE("a process that is killed leaves a queue that opens as it was", "[queue][faults]") {
    const temporary_directory home;
    const temporary_directory copy;
    ledger book;
    life current(home.path());
    current.start();
    for (int i = 0; i < 10; ++i)
        send(current, book);
    finish_one(current, book);

    std::filesystem::copy(home.path(), copy.path(), std::filesystem::copy_options::recursive);
    life after(copy.path());
    after.start();
    check(after, book);
}

TEST_CASE("a full disk takes the reserve, answers full, and lets mail end", "[queue][faults]") {
    const temporary_directory home;
    const auto files = std::make_shared<faulty_files>();
    queue::store_options options;
    options.reserve = 4096;
    options.free_space = [] { return std::uint64_t{1} << 20; };
    life current(home.path(), options, files);
    current.start();
    ledger book;
    send(current, book);
    REQUIRE(std::filesystem::exists(home.path() / "reserve"));

    files->fail(faulty_files::fault::no_space, 1, 3);
    const auto refused = current.commit(mail(current.store().allocate(), "body"));
    CHECK(refused.error() == queue::errc::full);
    CHECK(current.counts.store.store_reopens_total(metrics::reopen_cause::no_space).value() == 1);
    finish_one(current, book);
    CHECK(current.store().totals() == queue::store_totals{});
}

TEST_CASE("a sync that is not believed is no acknowledgement", "[queue][faults]") {
    const temporary_directory home;
    std::atomic<bool> doubtful = false;
    queue::store_options options;
    options.sync_doubt = [&doubtful] {
        return doubtful.exchange(false) ? std::make_error_code(std::errc::read_only_file_system)
                                        : std::error_code();
    };
    life current(home.path(), options);
    current.start();
    ledger book;
    send(current, book);

    doubtful = true;
    const auto refused = current.commit(mail(current.store().allocate(), "body"));
    CHECK(refused.error() == queue::errc::failed);
    finish_one(current, book);
    CHECK(current.seen.heard("reopened"));
    CHECK(current.store().totals() == queue::store_totals{});
}

// Its client sends it again, by another session, while the disk takes its time.
TEST_CASE("a name is known once its sync is believed", "[queue][faults]") {
    const temporary_directory home;
    std::promise<void> written;
    std::promise<void> asked;
    std::atomic<int> syncs_to_doubt = 0;
    queue::store_options options;
    options.sync_doubt = [&] {
        if (syncs_to_doubt.exchange(0) == 0) return std::error_code();
        written.set_value();
        asked.get_future().wait();
        return std::make_error_code(std::errc::read_only_file_system);
    };
    life current(home.path(), options);
    current.start();
    auto made = mail(current.store().allocate(), "body");
    made.names = {"name"};
    made.names_are_new = true;
    auto again = mail(current.store().allocate(), "body");
    again.names = made.names;
    again.names_are_new = true;

    syncs_to_doubt = 1;
    auto refused = std::async(std::launch::async, [&] { return current.commit(std::move(made)); });
    written.get_future().wait();
    std::promise<queue::result<queue::named_messages>> found;
    current.store().find_names({"name"}, current.home, [&](auto outcome) {
        found.set_value(std::move(outcome));
    });
    asked.set_value();
    CHECK(refused.get().error() == queue::errc::failed);
    const auto outcome = found.get_future().get();
    CHECK((!outcome || !outcome->front()));  // it will be erased
    current.seen.await("reopened");
    CHECK_FALSE(current.find_names({"name"})->front());
    CHECK(current.commit(std::move(again)));
    CHECK(current.store().totals().messages == 1);
}

TEST_CASE("a settlement waits while the store is reopened", "[queue][faults]") {
    const temporary_directory home;
    const auto files = std::make_shared<faulty_files>();
    life current(home.path(), {}, files);
    current.start();
    REQUIRE(current.commit(mail(current.store().allocate(), "body")));
    const auto attempted = current.seen.deliveries(1)[0];

    files->fail(faulty_files::fault::io_error, 1, 5);
    REQUIRE(current.settle(all_deferred(attempted, noon + 5min)));

    CHECK(current.seen.heard("reopened"));
    CHECK(current.seen.deliveries(2)[1].due == noon + 5min);
    CHECK(current.store().state() == queue::store_state::open);
}

TEST_CASE(
    "a body whose first chunks were in a log that failed is not committed", "[queue][faults]"
) {
    const temporary_directory home;
    const auto files = std::make_shared<faulty_files>();
    life current(home.path(), {}, files);
    current.start();
    auto large = mail(current.store().allocate(), "end");
    large.mail.chunks = 2;
    REQUIRE(current.append(large.mail.id, 0, "begin "));

    files->fail(faulty_files::fault::io_error, 1, 1);
    CHECK(current.commit(mail(current.store().allocate(), "body")).error() == queue::errc::failed);
    current.seen.await("reopened");

    CHECK(current.commit(std::move(large)).error() == queue::errc::failed);
    CHECK(current.store().totals() == queue::store_totals{});
}

TEST_CASE("a damaged log is copied aside, and what can be read of it is kept", "[queue][faults]") {
    const temporary_directory home;
    ledger book;
    {
        life current(home.path());
        current.start();
        for (int i = 0; i < 20; ++i) {
            const auto id = current.store().allocate();
            REQUIRE(current.commit(mail(id, std::string(4096, 'x'))));
            book.acknowledged.insert(id);
        }
    }
    const auto log = newest_log(home.path());
    flip_byte(log, static_cast<std::streamoff>(std::filesystem::file_size(log) / 2));

    life after(home.path());
    after.start();
    CHECK(after.store().wal_damaged());
    CHECK(after.seen.heard("wal damage " + (home.path() / "quarantine" / "wal-").string()));
    CHECK(after.counts.store.store_wal_damage_total.value() == 1);
    const auto left = after.store().totals().messages;
    CHECK(left >= 10);
    CHECK(left < 20);
    CHECK(after.seen.deliveries(left).size() == left);
    after.close();

    life calm(home.path());
    calm.start();
    CHECK_FALSE(calm.store().wal_damaged());
    CHECK(calm.store().totals().messages == left);
}

TEST_CASE("a log that ends within a record is no damage", "[queue][faults]") {
    const temporary_directory home;
    const temporary_directory copy;  // of a process that did not stop cleanly
    ledger book;
    {
        life current(home.path());
        current.start();
        for (int i = 0; i < 5; ++i)
            send(current, book);
        std::filesystem::copy(
            home.path() / "db", copy.path() / "db", std::filesystem::copy_options::recursive
        );
    }
    const auto log = newest_log(copy.path());
    std::filesystem::resize_file(log, std::filesystem::file_size(log) - 5);

    life after(copy.path());
    after.start();
    CHECK_FALSE(after.store().wal_damaged());
    CHECK(after.store().totals().messages == 4);
}

TEST_CASE(
    "a damaged record goes to quarantine, and the rest of the queue goes on", "[queue][faults]"
) {
    const temporary_directory home;
    queue::message_id damaged;
    queue::message_id sound;
    {
        life current(home.path());
        current.start();
        damaged = current.store().allocate();
        sound = current.store().allocate();
        REQUIRE(current.commit(mail(damaged, "body")));
        REQUIRE(current.commit(mail(sound, "body")));
    }
    SECTION("an envelope") {
        damage(
            home.path(),
            queue::family::envelope,
            std::string(queue::key::of_envelope(damaged).bytes())
        );
    }
    SECTION("a body") {
        damage(
            home.path(), queue::family::body, std::string(queue::key::of_chunk(damaged, 0).bytes())
        );
    }
    life after(home.path());
    after.start();
    CHECK(after.read(damaged).error() == queue::errc::corrupt);
    after.seen.await("quarantined message " + damaged.text());
    CHECK(after.counts.queue.queue_quarantined_records_total.value() == 1);
    CHECK(after.read(sound));
    CHECK(after.read(damaged).error() == queue::errc::not_found);
}

TEST_CASE("a damaged schedule entry is replaced by a new one, due at once", "[queue][faults]") {
    const temporary_directory home;
    queue::message_id damaged;
    queue::message_id sound;
    {
        life current(home.path());
        current.start();
        damaged = current.store().allocate();
        auto several = mail(damaged, "body", 4);
        several.mail.recipients[3].address = "r3@Example.NET";
        several.deliveries[0].recipients = {0, 1, 2};
        several.deliveries.push_back(several.deliveries[0]);
        several.deliveries[1].recipients = {3};
        several.deliveries[1].domain = "example.net";
        REQUIRE(current.commit(std::move(several)));
        // The first recipient is finished, the second was tried, the third comes at another time.
        auto end = all_deferred(current.seen.deliveries(2)[0], noon + 1h);
        end.finished = {0};
        end.unfinished.erase(end.unfinished.begin());
        end.again[0].recipients = {1};
        end.again.push_back(end.again[0]);
        end.again[1].recipients = {2};
        end.again[1].due = noon + 2h;
        REQUIRE(current.settle(std::move(end)));
        sound = current.store().allocate();
        REQUIRE(current.commit(mail(sound, "body")));
    }
    const auto key_of = [&](queue::time_point due, std::uint32_t first) {
        return std::string(queue::key::of_schedule(due, damaged, first).bytes());
    };
    SECTION("one of several") {
        damage(home.path(), queue::family::schedule, key_of(noon + 1h, 1));
        life after(home.path());
        after.start();
        after.seen.await("quarantined schedule " + damaged.text());
        const auto found = after.seen.deliveries(4);
        CHECK(after.seen.heard("recovered 3"));
        CHECK(found[3].recipients == std::vector<std::uint32_t>{1});
        CHECK(found[3].attempts == 1);
        CHECK(found[3].due == noon);
        CHECK(found[3].domain == "example.com");
        CHECK(after.counts.queue.queue_quarantined_records_total.value() == 1);
        for (const auto& each : found)
            REQUIRE(after.settle(all_finished(each)));
        CHECK(after.store().totals() == queue::store_totals{});
    }
    SECTION("all of them") {
        damage(home.path(), queue::family::schedule, key_of(noon + 1h, 1));
        damage(home.path(), queue::family::schedule, key_of(noon + 2h, 2));
        damage(home.path(), queue::family::schedule, key_of(noon, 3));
        life after(home.path());
        after.start();
        const auto found = after.seen.deliveries(3);
        CHECK(found[0].id == sound);
        CHECK(found[1].recipients == std::vector<std::uint32_t>{1, 2});
        CHECK(found[2].recipients == std::vector<std::uint32_t>{3});
        CHECK(found[2].domain == "example.net");
        CHECK(after.counts.queue.queue_quarantined_records_total.value() == 3);
        for (const auto& each : found)
            REQUIRE(after.settle(all_finished(each)));
        CHECK(after.store().totals() == queue::store_totals{});
    }
}
