// A queue in which a later version of the program, of the same format, has left records with a
// required item that this one does not know: they are left alone.
#include "queue/items.hpp"
#include "queue/rocks/database.hpp"
#include "queue/rocks/keys.hpp"
#include "tests/queue/fixture.hpp"
#include "tests/queue/inventory.hpp"

using namespace tests;

namespace {

// Changes one record as a later version would.
void add_item(const std::filesystem::path& home, queue::family column, const queue::key& at) {
    queue::store_options options;
    options.directory = home;
    options.now = [] { return noon; };
    const auto opened = queue::database::open(options, {});
    REQUIRE(opened.handle);
    rocksdb::PinnableSlice found;
    REQUIRE(opened.handle->get(column, at.bytes(), found).ok());
    auto record = found.ToString();
    record.resize(record.size() - 4);
    queue::item_writer items(record);
    items.content(static_cast<queue::item>(91), "x");
    queue::seal(record);
    auto& db = *opened.handle;
    REQUIRE(
        db->Put(
              {}, db.handle_of(column), rocksdb::Slice(at.bytes().data(), at.bytes().size()), record
        )
            .ok()
    );
}

// Three messages to two recipients each, one of whom was tried.
std::vector<queue::delivery> fill(const std::filesystem::path& home) {
    life first(home);
    first.start();
    for (int i = 0; i < 3; ++i)
        REQUIRE(first.commit(mail(first.store().allocate(), "body", 2)));
    for (const auto& each : first.seen.deliveries(3)) {
        auto end = all_deferred(each, noon + 1h);
        end.finished = {0};
        end.unfinished.erase(end.unfinished.begin());
        end.again[0].recipients = {1};
        REQUIRE(first.settle(std::move(end)));
    }
    auto all = first.seen.deliveries(6);
    all.erase(all.begin(), all.begin() + 3);
    return all;
}

}  // namespace

TEST_CASE("a message that only a later version understands is left alone", "[queue][newer]") {
    const temporary_directory home;
    const auto waiting = fill(home.path());
    const auto of_envelope = waiting[0];
    const auto of_entry = waiting[1];
    const auto of_state = waiting[2];
    add_item(home.path(), queue::family::envelope, queue::key::of_envelope(of_envelope.id));
    add_item(home.path(), queue::family::schedule, queue::key::of_entry(of_entry));
    add_item(home.path(), queue::family::recipient, queue::key::of_recipient(of_state.id, 1));
    const auto before = look(home.path()).records;

    life current(home.path());
    current.start();
    CHECK(current.seen.heard("newer " + of_entry.id.text() + ": item 91 is of a later program"));
    const auto announced = current.seen.deliveries(2);
    REQUIRE(announced.size() == 2);
    for (const auto& each : announced) {
        CAPTURE(each.id.text());
        CHECK(each.id != of_entry.id);
        CHECK(current.read(each.id).error() == queue::errc::newer);
        CHECK(current.seen.heard("newer " + each.id.text()));
    }
    // Not even an end of its delivery, nor an operator, removes what can't be read.
    REQUIRE(current.settle(all_finished(of_envelope)));
    const auto removed = current.bulk({
        .action = queue::bulk_action::remove,
        .selection = {.id = of_envelope.id},
        .operator_name = "operator",
    });
    CHECK(removed.done.messages == 0);
    current.close();
    CHECK(look(home.path()).records == before);
    CHECK_FALSE(current.seen.heard("quarantined"));
}

TEST_CASE("damage beside a newer record makes no second delivery of it", "[queue][newer]") {
    const temporary_directory home;
    const auto waiting = fill(home.path());
    add_item(home.path(), queue::family::envelope, queue::key::of_envelope(waiting[0].id));
    add_item(home.path(), queue::family::schedule, queue::key::of_entry(waiting[1]));
    {
        queue::store_options options;
        options.directory = home.path();
        options.now = [] { return noon; };
        const auto opened = queue::database::open(options, {});
        REQUIRE(opened.handle);
        auto& db = *opened.handle;
        const auto at = queue::key::of_entry(waiting[0]);
        const rocksdb::Slice key(at.bytes().data(), at.bytes().size());
        REQUIRE(db->Put({}, db.handle_of(queue::family::schedule), key, "damaged").ok());
    }
    const auto before = look(home.path()).records;
    life current(home.path());
    current.start();
    REQUIRE(current.commit(mail(current.store().allocate(), "behind it")));
    CHECK(current.seen.deliveries(2).size() == 2);
    current.close();
    auto after = look(home.path()).records;
    --after[queue::family::envelope];
    --after[queue::family::body];
    --after[queue::family::schedule];
    CHECK(after == before);
}
