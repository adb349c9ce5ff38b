// What statements cost PostgreSQL however its tables look, and what is tidied up in them.
#include <future>
#include <string>
#include <vector>

#include "queue/postgres/connection.hpp"
#include "queue/postgres/parameters.hpp"
#include "queue/postgres/statements.hpp"
#include "tests/queue/fixture.hpp"
#include "tests/queue/postgres_owner.hpp"

using namespace tests;

namespace {

// The plan of a statement about entries by their names, which is the same for all of them.
std::string plan_of(
    postgres::connection& database, const postgres::statement& text, const std::string& names
) {
    const auto parameters = postgres::parameters().numbers({1}).numbers({0});
    database.add(text, parameters);
    REQUIRE(database.run(10s).has_value());
    const auto asked = "EXPLAIN EXECUTE " + std::string(text.name) + names;
    database.add({"explain_of", asked.c_str()});
    const auto answers = database.run(10s);
    REQUIRE(answers.has_value());
    std::string plan;
    for (std::size_t row = 0; row < answers->front().size(); ++row)
        plan += std::string(answers->front().bytes(row, 0)) + "\n";
    return plan;
}

}  // namespace

TEST_CASE("entries are found by their index in a table that is new", "[queue][postgres]") {
    postgres_queue queue;
    (void)queue.open();  // makes the tables
    const auto* const text = GENERATE(
        &postgres::sql::lock_entries, &postgres::sql::settled_by, &postgres::sql::erase_entries
    );
    auto database = postgres::connection::open(queue.settings({}).url, 10s);
    REQUIRE(database.has_value());
    REQUIRE((*database)->script("SET plan_cache_mode = force_generic_plan", 10s).has_value());
    const auto plan = plan_of(**database, *text, "('{1}', '{0}')");
    INFO(plan);
    CHECK(plan.find("Index") != std::string::npos);
    CHECK(plan.find("Seq Scan") == std::string::npos);
}

// A batch is named until its owner knows what became of it; then its row goes with the next one.
TEST_CASE("an owner leaves one name of its batches behind", "[queue][postgres]") {
    postgres_queue shared;
    const auto owner = shared.open();
    for (std::size_t i = 0; i < 20; ++i) {
        const auto id = owner->store().allocate();
        REQUIRE(owner->append(id, 0, "a chunk that arrives alone"));
        auto large = mail(id, "the last chunk");
        large.mail.chunks = 2;
        REQUIRE(owner->commit(std::move(large)));
        REQUIRE(owner->settle(all_finished(owner->seen.deliveries(i + 1).back())));
    }
    CHECK(shared.ask("SELECT count(*) FROM written") == 1);
    CHECK(owner->totals() == kurir::queue::store_totals{});
}

TEST_CASE("messages that are wanted at the same time are read together", "[queue][postgres]") {
    postgres_queue shared;
    std::vector<kurir::queue::message_id> ids;
    {
        const auto writer = shared.open();
        for (int i = 0; i < 100; ++i) {
            ids.push_back(writer->store().allocate());
            REQUIRE(writer->commit(mail(ids.back(), "body " + std::to_string(i))));
        }
    }
    const auto damaged = std::to_string(ids[7].value());
    const auto refused = std::to_string(ids[8].value());
    const auto bodiless = std::to_string(ids[9].value());
    shared.run("UPDATE message SET envelope = 'no record' WHERE id = " + damaged);
    shared.run("DELETE FROM body WHERE message = " + bodiless);
    // A row that the server itself can't read.
    shared.run(
        "ALTER TABLE message RENAME TO whole;"
        "CREATE VIEW message AS SELECT id, recipients, chunks, size, CASE WHEN id = " +
        refused +
        " THEN decode(repeat('x', id::int % 7 + 1), 'hex') ELSE envelope END AS envelope FROM whole"
    );
    const auto reader = shared.open();
    std::vector<std::promise<std::string>> answers(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        reader->store().read(ids[i], reader->home, [&answers, i](const auto& found) {
            answers[i].set_value(found ? (*found)->first_chunk : "none");
        });
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const bool readable = i < 7 || i > 9;
        INFO(i);
        CHECK(answers[i].get_future().get() == (readable ? "body " + std::to_string(i) : "none"));
    }
    CHECK(reader->read(ids[7]).error() == kurir::queue::errc::corrupt);
    CHECK(reader->read(ids[8]).error() == kurir::queue::errc::failed);
    CHECK(reader->read(ids[9]).error() == kurir::queue::errc::corrupt);
}

// Each batch reads all sums: with a row for every pod that ever was, they would cost more and more.
TEST_CASE("sums of owners that are gone are in one row", "[queue][postgres]") {
    postgres_queue shared;
    for (int i = 0; i < 3; ++i) {
        const auto owner = shared.open();
        REQUIRE(owner->commit(mail(owner->store().allocate(), "body", 2)));
    }
    shared.run("DELETE FROM node");  // those that did not say that they leave
    const auto last = shared.open();
    CHECK(last->totals().messages == 3);
    CHECK(last->totals().recipients == 6);
    CHECK(shared.ask("SELECT count(*) FROM total") == 1);
    // One that was only taken for gone goes on.
    REQUIRE(last->commit(mail(last->store().allocate(), "body")));
    CHECK(last->totals().messages == 4);
    CHECK(shared.ask("SELECT count(*) FROM total") == 2);
    CHECK(shared.ask("SELECT sum(messages)::bigint FROM total") == 4);
}

TEST_CASE("one that was forgotten hears that it is not told of", "[queue][postgres]") {
    postgres_queue shared;
    const auto owner = shared.open();
    owner->totals();
    REQUIRE(owner->exchange({.words = "words"}).is_told);
    shared.run("DELETE FROM node");
    CHECK_FALSE(owner->exchange({}).is_told);
    CHECK_FALSE(owner->exchange({.words = "words"}).is_told);
    owner->totals();  // it is there again
    CHECK_FALSE(owner->exchange({}).is_told);
    CHECK(owner->exchange({.words = "words"}).is_told);
}

TEST_CASE("a notice of a kind that only a later version has is passed over", "[queue][postgres]") {
    postgres_queue shared;
    const auto owner = shared.open();
    shared.run(
        "UPDATE board SET last = 1;"
        "INSERT INTO notice SELECT kind, 'key', 'value', false, 1, queue_now(), NULL"
        " FROM unnest(ARRAY[2, 257, 70000, -255]) AS n(kind)"
    );
    const auto page = owner->read_board({});
    CHECK(page.next.complete);
    CHECK(page.next.version == 1);
    REQUIRE(page.found.size() == 1);
    CHECK(page.found.front().kind == kurir::queue::notice_kind::suppression);
}
