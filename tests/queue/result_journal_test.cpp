// Ends of attempts that the database has not written: as bytes, as a file, and over the death of a
// process.
#include <fstream>

#include "queue/postgres/journal_text.hpp"
#include "queue/settlement_codec.hpp"
#include "tests/queue/cutting_proxy.hpp"
#include "tests/queue/fixture.hpp"
#include "tests/queue/full_values.hpp"
#include "tests/queue/postgres_owner.hpp"

using namespace tests;
using queue::errc;
using queue::postgres::append_framed;
using queue::postgres::journal_head;
using queue::postgres::read_journal;

namespace {

constexpr queue::message_id first_id(0x18bcfe56800a1);

// With every field set.
queue::settlement full_settlement() {
    auto made = mail(first_id, "body", 4);
    made.deliveries[0].entry = queue::entry_id(77, 3);
    made.deliveries[0].fence = 5;
    made.deliveries[0].sender_domain = "example.org";
    made.deliveries[0].terms = full_terms();
    auto end = all_deferred(made.deliveries[0], noon + 5min);
    end.others = {made.deliveries[0]};
    end.others[0].entry = queue::entry_id(78);
    end.finished = {1, 3};
    end.withheld = made.deliveries[0];
    end.withheld->entry = {};
    end.bounce = mail(queue::message_id(first_id.value() + 1), "report", 2);
    fill_added_fields(end.bounce->mail);
    end.bounce->states = end.unfinished;
    end.bounce->names = {"relay.test/1", "relay.test/2"};
    end.event = "undeliverable";
    return end;
}

std::string encoded(const queue::settlement& end) {
    std::string record;
    queue::encode(end, record);
    return record;
}

std::string file_of(const std::vector<queue::settlement>& ends) {
    std::string file(journal_head);
    for (const auto& each : ends)
        append_framed(file, encoded(each));
    return file;
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A queue whose owners share a journal, one after the other, as processes with one folder do.
struct journalled {
    temporary_directory folder;
    postgres_queue queue;
    cutting_proxy proxy{postgres_server::shared().folder()};
    witness told;
    std::unique_ptr<postgres_owner> process;

    std::filesystem::path path() const { return folder.path() / "results"; }

    // Through the proxy, which must be whole.
    void open() {
        auto settings = queue.settings({
            .on_disconnected = [this](auto) { told.note("disconnected"); },
            .on_connected = [this] { told.note("connected"); },
            .on_rolled_back = [this] { told.note("rolled back"); },
            .on_journal_failed = [this](auto) { told.note("journal failed"); },
            .on_journal_damaged =
                [this](auto, auto bytes) { told.note("damaged " + std::to_string(bytes)); },
            .on_replayed =
                [this](const auto& end, bool late) {
                    told.note((late ? "late " : "replayed ") + std::to_string(end.finished.size()));
                },
        });
        settings.url += " host=" + proxy.folder().string();
        settings.journal = path();
        settings.journal_after = 1ms;
        auto opened = postgres::postgres_store::open(std::move(settings));
        REQUIRE(opened.has_value());
        process = std::make_unique<postgres_owner>(std::move(*opened));
    }

    // Until the journal has records, or none any more.
    void await_records(bool some) {
        const auto patience = std::chrono::steady_clock::now() + 20s;
        while ((read_file(path()).size() > journal_head.size()) != some) {
            REQUIRE(std::chrono::steady_clock::now() < patience);
            pause(1ms);
        }
    }
};

}  // namespace

TEST_CASE("the end of an attempt is a record and back", "[queue][journal]") {
    const auto end = full_settlement();
    const auto read = queue::decode_settlement(encoded(end));
    REQUIRE(read.has_value());
    CHECK(encoded(*read) == encoded(end));
    CHECK(read->attempted == end.attempted);
    CHECK(read->others == end.others);
    CHECK(read->finished == end.finished);
    CHECK(read->unfinished == end.unfinished);
    CHECK(read->again == end.again);
    CHECK(read->withheld == end.withheld);
    CHECK(read->event == end.event);
    REQUIRE(read->bounce);
    CHECK(read->bounce->mail == end.bounce->mail);
    CHECK(read->bounce->deliveries == end.bounce->deliveries);
    CHECK(read->bounce->last_chunk == end.bounce->last_chunk);
    CHECK(read->bounce->states == end.bounce->states);
    CHECK(read->bounce->names == end.bounce->names);
}

TEST_CASE("no byte of the end of an attempt can change or be missing", "[queue][journal]") {
    const auto record = encoded(full_settlement());
    for (std::size_t at = 0; at < record.size(); ++at) {
        auto changed = record;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CHECK_FALSE(queue::decode_settlement(changed).has_value());
        CHECK_FALSE(queue::decode_settlement(record.substr(0, at)).has_value());
    }
    auto later = record;
    later.front() = 2;
    later.resize(later.size() - 4);
    queue::seal(later);
    CHECK(queue::decode_settlement(later).error().code == errc::newer);
}

TEST_CASE("damage of a journal costs the records that it hit", "[queue][journal]") {
    const auto short_end = all_finished(mail(first_id, "body").deliveries[0]);
    const auto whole = file_of({short_end, full_settlement(), short_end});
    const auto size = file_of({short_end}).size() - journal_head.size();
    CHECK(read_journal(whole).ends.size() == 3);
    CHECK(read_journal(journal_head).ends.empty());
    SECTION("a torn end") {
        const auto found = read_journal(whole.substr(0, whole.size() - 1));
        CHECK(found.ends.size() == 2);
        CHECK(found.damaged == 0);
        CHECK(found.torn == size - 1);
    }
    SECTION("in the middle") {
        auto damaged = whole;
        damaged[journal_head.size() + 2 * size] ^= 0x10;
        const auto found = read_journal(damaged);
        CHECK(found.ends.size() == 2);
        CHECK(found.damaged == whole.size() - journal_head.size() - 2 * size);
        CHECK(found.torn == 0);
    }
    SECTION("no journal at all") {
        const auto found = read_journal("something else");
        CHECK(found.ends.empty());
        CHECK(found.damaged == 14);
    }
}

TEST_CASE("what ended while the database was away is written by the next process", "[journal]") {
    journalled shared;
    shared.queue.open().reset();
    shared.open();
    REQUIRE(shared.process->commit(mail(shared.process->store().allocate(), "sent")));
    const auto sent = shared.process->seen.deliveries(1).front();
    REQUIRE(shared.process->commit(mail(shared.process->store().allocate(), "waits")));
    const auto waits = shared.process->seen.deliveries(2).back();
    shared.proxy.part();
    shared.told.await("disconnected");
    const auto ended = [](auto) {};
    shared.process->store().settle(all_finished(sent), shared.process->home, ended);
    shared.process->store().settle(all_deferred(waits, noon + 1h), shared.process->home, ended);
    shared.await_records(true);

    SECTION("by the claim that it had") {
        shared.process->die();
        shared.proxy.heal();
        shared.open();
        shared.told.await("replayed 1");
        shared.told.await("replayed 0");
        shared.await_records(false);
        CHECK(shared.process->totals() == queue::store_totals{1, 1, 5});
    }
    SECTION("unless another owner has claimed it since") {
        const auto other = shared.queue.open();
        shared.queue.pass(postgres_queue::lease + 1s);
        other->claim(10);
        CHECK(other->seen.deliveries(2).size() == 2);
        shared.process->die();
        shared.proxy.heal();
        shared.open();
        shared.told.await("late 1");
        shared.told.await("late 0");
        shared.await_records(false);
        CHECK(other->totals() == queue::store_totals{2, 2, 9});
    }
    SECTION("once, also by the same process") {
        shared.proxy.heal();
        shared.await_records(false);
        CHECK(shared.process->totals() == queue::store_totals{1, 1, 5});
        shared.process->die();
        shared.open();
        CHECK(shared.process->totals() == queue::store_totals{1, 1, 5});
        CHECK_FALSE(shared.told.heard("replayed 1"));
    }
    SECTION("also after an orderly end") {
        shared.process->store().close();
        shared.proxy.heal();
        shared.open();
        shared.told.await("replayed 1");
        CHECK(shared.process->totals() == queue::store_totals{1, 1, 5});
    }
    SECTION("also twice") {
        shared.process->die();
        const auto copy = read_file(shared.path());
        shared.proxy.heal();
        for (int life = 0; life < 2; ++life) {
            std::ofstream(shared.path(), std::ios::binary) << copy;
            shared.open();
            shared.await_records(false);
            CHECK(shared.process->totals() == queue::store_totals{1, 1, 5});
            shared.process->die();
        }
    }
    SECTION("a damaged record is told, and the others are written") {
        shared.process->die();
        auto file = read_file(shared.path());
        file[journal_head.size() + 30] ^= 1;
        std::ofstream(shared.path(), std::ios::binary) << file;
        shared.proxy.heal();
        shared.open();
        shared.told.await("damaged ");
        shared.told.await("replayed 0");
        CHECK(read_file(shared.path().string() + ".damaged") == file);
        CHECK(shared.process->totals() == queue::store_totals{2, 2, 9});
    }
}

TEST_CASE("a journal that can't be read is not replaced by an empty one", "[queue][journal]") {
    journalled shared;
    shared.queue.open().reset();
    std::filesystem::create_symlink("results", shared.path());  // a loop
    auto settings = shared.queue.settings();
    settings.journal = shared.path();
    const auto opened = postgres::postgres_store::open(std::move(settings));
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().text.starts_with(shared.path().string() + ": "));
    CHECK(std::filesystem::is_symlink(shared.path()));
}

TEST_CASE("a database that answers costs no write to the journal", "[queue][journal]") {
    journalled shared;
    shared.queue.open().reset();
    shared.open();
    for (std::size_t count = 1; count <= 5; ++count) {
        REQUIRE(shared.process->commit(mail(shared.process->store().allocate(), "body")));
        const auto sent = shared.process->seen.deliveries(count).back();
        REQUIRE(shared.process->settle(all_finished(sent)));
    }
    shared.await_records(false);
}

TEST_CASE("a server without the last batch is told, and gives no id twice", "[queue][journal]") {
    journalled shared;
    shared.queue.open().reset();
    shared.open();
    REQUIRE(shared.process->commit(mail(shared.process->store().allocate(), "body")));
    const auto last = shared.process->store().allocate();
    const bool lost = GENERATE(true, false);
    // As a replica without the tail is, whose clock is behind.
    if (lost) shared.queue.run("DELETE FROM written; UPDATE id_block SET next = 0");
    shared.proxy.part();
    shared.told.await("disconnected");
    shared.proxy.heal();
    shared.told.await("connected");
    CHECK(shared.told.heard("rolled back") == lost);
    CHECK(shared.process->store().allocate() > last);
}
