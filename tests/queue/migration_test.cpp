// Tables that are brought up to date: it may take longer than a round trip, and owners that start
// meanwhile wait for it.
#include <future>

#include "tests/queue/postgres_owner.hpp"

using namespace tests;
namespace postgres = tests::postgres;

namespace {

// The first function of the schema takes as long as the index of a large table.
constexpr auto slow_migration = R"(
CREATE FUNCTION be_slow() RETURNS event_trigger LANGUAGE plpgsql
  AS 'BEGIN PERFORM pg_sleep(5); END';
CREATE EVENT TRIGGER slow_migration ON ddl_command_start WHEN TAG IN ('CREATE FUNCTION')
  EXECUTE FUNCTION be_slow();
)";

constexpr auto hold = "SELECT pg_advisory_lock(7238115437921)";
constexpr auto let_go = "SELECT pg_advisory_unlock(7238115437921)";
constexpr auto has_tables = "SELECT (to_regclass('message') IS NOT NULL)::int::bigint";

postgres::observer noting(witness& told) {
    return {.on_migrating = [&told](std::string_view step) { told.note(std::string(step)); }};
}

}  // namespace

TEST_CASE("a migration may take longer than a round trip", "[queue][postgres]") {
    postgres_queue shared;
    witness told;
    shared.run(slow_migration);
    auto settings = shared.settings(noting(told));
    settings.patience = 4s;
    settings.migration_patience = 1s;
    const auto refused = postgres::postgres_store::open(settings);
    CHECK_FALSE(refused.has_value());
    CHECK(shared.ask(has_tables) == 0);
    settings.migration_patience = 1min;
    const auto opened = postgres::postgres_store::open(settings);
    CHECK(opened.has_value());
    CHECK(shared.ask(has_tables) == 1);
    told.await("brings the tables from version 0 to ");
    shared.run("DROP EVENT TRIGGER slow_migration");
}

TEST_CASE("who starts during a migration waits for it, and says so", "[queue][postgres]") {
    postgres_queue shared;
    witness told;
    shared.run(hold);
    auto opened = std::async(std::launch::async, [&] {
        return postgres::postgres_store::open(shared.settings(noting(told))).has_value();
    });
    told.await("waits: another relay brings the tables up to date: process ");
    CHECK(shared.ask(has_tables) == 0);
    shared.run(let_go);
    CHECK(opened.get());
    CHECK(told.heard("brings the tables from version 0 to "));
}

TEST_CASE("who finds tables that are up to date waits for nobody", "[queue][postgres]") {
    postgres_queue shared;
    witness told;
    shared.open(noting(told));
    shared.run(hold);
    CHECK(postgres::postgres_store::open(shared.settings(noting(told))).has_value());
    shared.run(let_go);
    CHECK_FALSE(told.heard("waits"));
}

TEST_CASE("who has waited for a migration for long enough gives up", "[queue][postgres]") {
    postgres_queue shared;
    shared.run(hold);
    auto settings = shared.settings();
    settings.migration_patience = 0s;
    const auto opened = postgres::postgres_store::open(settings);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().text.starts_with("another relay brings the tables up to date: process "));
    shared.run(let_go);
    settings.migration_patience = 1min;
    CHECK(postgres::postgres_store::open(settings).has_value());
}
