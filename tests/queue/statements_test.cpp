// Programs of two schema versions work side by side: what the one of the last version sends is
// accepted by the tables of this one, and does the same.
//
// tests/queue/statements has what each version sends; README.md there says when it is recorded.
#include <cstdlib>
#include <fstream>

#include "queue/postgres/schema.hpp"
#include "tests/queue/fixture.hpp"
#include "tests/queue/statement_trial.hpp"

using namespace tests;
namespace postgres = kurir::queue::postgres;

namespace {

namespace fs = std::filesystem;

const auto records = fs::path(__FILE__).parent_path() / "statements";
const auto own_sources =
    fs::path(__FILE__).parent_path().parent_path().parent_path() / "queue/postgres";
constexpr auto how_to_record =
    "record anew what this program sends: build/release/tests/test_queue \"[.record_statements]\"";

int newest() {
    return postgres::migrations().back().number;
}

fs::path record_file(int version) {
    return records / ("version-" + std::to_string(version) + ".sql");
}

// What programs of a schema version sent: the last of them, and releases before it.
std::vector<sent_statement> recorded(int version) {
    auto all = read_record(record_file(version));
    const auto more = "version-" + std::to_string(version) + "-";
    for (const auto& each : fs::directory_iterator(records)) {
        if (!each.path().filename().string().starts_with(more)) continue;
        for (const auto& sent : read_record(each.path())) {
            if (std::ranges::find(all, sent) == all.end()) all.push_back(sent);
        }
    }
    return all;
}

std::vector<sent_statement> with_types(std::vector<sent_statement> sent, int version) {
    statement_trial tables(version);
    for (auto& each : sent)
        each.types = tables.types_of(each);
    return sent;
}

// The first that only one of two lists has; empty: none.
std::string first_changed(
    const std::vector<sent_statement>& left, const std::vector<sent_statement>& right
) {
    for (const auto& each : left) {
        if (std::ranges::find(right, each) == right.end()) return each.name;
    }
    for (const auto& each : right) {
        if (std::ranges::find(left, each) == left.end()) return each.name;
    }
    return {};
}

}  // namespace

TEST_CASE("what this version sends is what its record says", "[queue][postgres]") {
    const auto sent = with_types(statements_in(own_sources), newest());
    REQUIRE(sent.size() > 50);
    INFO(how_to_record);
    REQUIRE(fs::exists(record_file(newest())));
    const auto changed = first_changed(sent, read_record(record_file(newest())));
    CAPTURE(changed);
    CHECK(changed.empty());
}

TEST_CASE("what the last version sends is accepted, with the same types", "[queue][postgres]") {
    const int version = GENERATE(newest() - 1, newest());
    statement_trial tables(version);
    const auto misfits = tables.misfits(recorded(version));
    CAPTURE(misfits);
    CHECK(misfits.empty());
}

TEST_CASE("what the last version sends does what it did", "[queue][postgres]") {
    const auto sent = recorded(newest() - 1);
    statement_trial tables(newest() - 1);
    const auto difference = tables.first_difference(sent, 60);
    const auto idle = tables.idle();  // of these the comparison says nothing
    CAPTURE(difference, idle);
    CHECK(difference.empty());
    CHECK(idle.empty());
}

TEST_CASE("a migration that the last version can't work beside is found", "[queue][postgres]") {
    const auto* const script = GENERATE(
        "ALTER TABLE entry ADD COLUMN tenant bigint NOT NULL",
        "ALTER TABLE entry RENAME COLUMN due TO due_at",
        "ALTER TABLE message ALTER COLUMN size TYPE integer",
        "ALTER TABLE message ADD CHECK (recipients < 2)",
        "CREATE UNIQUE INDEX ON entry (message)",
        "DROP TABLE settled",
        "CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN NEW.due = NEW.due + 1; RETURN NEW; END$$;"
        "CREATE TRIGGER later BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION later()",
        "CREATE OR REPLACE FUNCTION queue_now() RETURNS bigint LANGUAGE sql STABLE"
        " AS 'SELECT extract(epoch FROM now())::bigint'"
    );
    INFO(script);
    const auto sent = recorded(newest());
    statement_trial tables(newest(), script);
    CHECK((!tables.misfits(sent).empty() || !tables.first_difference(sent, 40).empty()));
}

TEST_CASE("a migration that only adds is no difference", "[queue][postgres]") {
    const auto sent = recorded(newest());
    statement_trial tables(
        newest(),
        "ALTER TABLE entry ADD COLUMN tenant bigint NOT NULL DEFAULT 0;"
        "ALTER TABLE total ADD COLUMN held bigint NOT NULL DEFAULT 0;"
        "CREATE INDEX ON entry (tenant, due); CREATE TABLE tenant (id bigint PRIMARY KEY)"
    );
    const auto misfits = tables.misfits(sent);
    const auto difference = tables.first_difference(sent, 10);
    CAPTURE(misfits, difference);
    CHECK(misfits.empty());
    CHECK(difference.empty());
}

// KURIR_STATEMENTS: a folder with the sources of another version than this one's.
TEST_CASE("record the statements of a version", "[.record_statements]") {
    const auto* const given = std::getenv("KURIR_STATEMENTS");
    const fs::path sources = given == nullptr ? own_sources : fs::path(given);
    const auto version = schema_version_in(sources);
    REQUIRE(version <= newest());
    std::ofstream file(record_file(version));
    file << record_of(with_types(statements_in(sources), version));
    REQUIRE(file.flush().good());
}
