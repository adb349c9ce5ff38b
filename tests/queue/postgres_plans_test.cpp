// How PostgreSQL carries out the statements: by indexes, whatever it knows of the tables.
#include <string>

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
