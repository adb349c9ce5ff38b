// Messages of a shared queue that can't be read: they leave it, and what is left of them is kept.
#include "tests/queue/fixture.hpp"
#include "tests/queue/postgres_owner.hpp"
#include "tests/support/catch.hpp"

using namespace tests;
using kurir::queue::errc;

namespace {

struct unreadable {
    postgres_queue queue;
    witness told;
    std::string id;
    kurir::queue::message_id name;
    std::unique_ptr<postgres_owner> reader;

    // A message that another owner has put into the queue, and that `script` damages.
    explicit unreadable(const std::string& script) {
        {
            const auto writer = queue.open();
            name = writer->store().allocate();
            id = std::to_string(name.value());
            REQUIRE(writer->commit(mail(name, "body")));
        }
        const auto at = script.find("ID");
        queue.run(std::string(script).replace(at, 2, id));
        reader =
            queue.open({.on_quarantined = [this](auto key, auto) { told.note(std::string(key)); }});
    }

    std::int64_t kept(const std::string& chunk) {
        const auto text = "SELECT count(*) FROM quarantine WHERE message = " + id +
                          " AND chunk = " + chunk + " AND length(bytes) > 0";
        return queue.ask(text.c_str());
    }
};

}  // namespace

TEST_CASE("a message whose envelope is damaged is kept aside", "[queue][postgres]") {
    unreadable world("UPDATE message SET envelope = set_byte(envelope, 20, 255) WHERE id = ID");
    for (int i = 0; i < 2; ++i)
        CHECK(world.reader->read(world.name).error() == errc::corrupt);
    CHECK(world.told.count() == 1);
    CHECK(world.told.heard(world.name.text()));
    CHECK(world.kept("-1") == 1);
    CHECK(world.kept("0") == 1);

    // Whoever was to try it settles it then.
    REQUIRE(world.reader->claim(1) == 1);
    REQUIRE(world.reader->settle(all_finished(world.reader->seen.deliveries(1).front())));
    CHECK(world.queue.ask("SELECT count(*) FROM message") == 0);
    CHECK(world.queue.ask("SELECT count(*) FROM body") == 0);
    CHECK(world.kept("-1") == 1);
    CHECK(world.kept("0") == 1);
}

TEST_CASE("a message whose body is missing is kept aside", "[queue][postgres]") {
    unreadable world("DELETE FROM body WHERE message = ID");
    CHECK(world.reader->read(world.name).error() == errc::corrupt);
    CHECK(world.told.heard(world.name.text()));
    CHECK(world.kept("-1") == 1);
    CHECK(world.kept("0") == 0);
}

TEST_CASE("a message with a hole in its body is kept aside", "[queue][postgres]") {
    unreadable world("UPDATE message SET chunks = 2 WHERE id = ID");
    CHECK(world.reader->read_chunk(world.name, 1).error() == errc::corrupt);
    // Whoever tries it next learns so at once.
    CHECK(world.reader->read(world.name).error() == errc::corrupt);
    CHECK(world.told.count() == 1);
    CHECK(world.kept("0") == 1);
}

TEST_CASE("a message that has left is not kept aside", "[queue][postgres]") {
    unreadable world("DELETE FROM message WHERE id = ID");
    CHECK(world.reader->read(world.name).error() == errc::not_found);
    CHECK(world.reader->read_chunk(world.name, 1).error() == errc::not_found);
    CHECK_FALSE(world.told.heard(world.name.text()));
    CHECK(world.queue.ask("SELECT count(*) FROM quarantine") == 0);
}

TEST_CASE("what can't be kept aside stays where it is", "[queue][postgres]") {
    unreadable world("DELETE FROM body WHERE message = ID");
    world.queue.run("DROP TABLE quarantine");
    CHECK(world.reader->read(world.name).error() == errc::failed);
    CHECK_FALSE(world.told.heard(world.name.text()));
    CHECK(world.queue.ask("SELECT count(*) FROM message") == 1);
}
