#include "queue/postgres/schema.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "queue/failpoint.hpp"
#include "queue/postgres/options.hpp"

namespace kurir::queue::postgres {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

namespace {

// Bodies are not compressed (EXTERNAL): most of what is large in mail is compressed already, and
// PostgreSQL's own method is slow. The tables of waiting mail are narrow, and vacuumed early:
// without that each claim reads the dead rows of earlier ones. Pages of `entry` are filled to 70 %,
// so that a claim finds room for the new version of a row beside the old one.
constexpr std::string_view first = R"(
CREATE FUNCTION queue_now() RETURNS bigint LANGUAGE sql STABLE
  AS 'SELECT (extract(epoch FROM now()) * 1000)::bigint';

CREATE TABLE message (
  id bigint PRIMARY KEY,
  recipients bigint NOT NULL,
  chunks bigint NOT NULL,
  size bigint NOT NULL,
  envelope bytea NOT NULL
);
CREATE TABLE body (
  message bigint NOT NULL,
  chunk bigint NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (message, chunk)
);
ALTER TABLE body ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE TABLE arriving (
  message bigint PRIMARY KEY,
  owner uuid NOT NULL,
  at bigint NOT NULL
);
CREATE TABLE recipient (
  message bigint NOT NULL,
  recipient bigint NOT NULL,
  finished boolean NOT NULL,
  state bytea NOT NULL,
  PRIMARY KEY (message, recipient)
);
CREATE TABLE entry (
  message bigint NOT NULL,
  number bigint NOT NULL,
  due bigint NOT NULL,
  destination bytea NOT NULL,
  fence bigint NOT NULL,
  owner uuid,
  lease_end bigint,
  delivery bytea NOT NULL,
  PRIMARY KEY (message, number)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX entry_free ON entry (due) WHERE owner IS NULL;
CREATE INDEX entry_claimed ON entry (lease_end) WHERE owner IS NOT NULL;
CREATE TABLE settled (
  message bigint NOT NULL,
  number bigint NOT NULL,
  fence bigint NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (message, number)
);
CREATE INDEX settled_at ON settled (at);
CREATE TABLE written (
  batch uuid PRIMARY KEY,
  voided boolean NOT NULL,
  at bigint NOT NULL
);
CREATE INDEX written_at ON written (at);
CREATE TABLE total (
  owner uuid PRIMARY KEY,
  messages bigint NOT NULL,
  recipients bigint NOT NULL,
  bytes bigint NOT NULL
);
CREATE TABLE event (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  text bytea NOT NULL
);
CREATE TABLE given_name (
  name bytea PRIMARY KEY,
  message bigint NOT NULL,
  at bigint NOT NULL
);
CREATE INDEX given_name_message ON given_name (message);
CREATE INDEX given_name_at ON given_name (at);
CREATE TABLE id_block (next bigint NOT NULL);
INSERT INTO id_block VALUES (0);
)";

// Who shares the queue.
constexpr std::string_view nodes = R"(
CREATE TABLE node (
  owner uuid PRIMARY KEY,
  host bytea NOT NULL,
  version bytea NOT NULL,
  address bytea NOT NULL,
  since bigint NOT NULL,
  seen bigint NOT NULL
);
)";

// - `notice`: what one owner has decided or learnt, for all; `board` has one row.
// - `node.words`: what one tells the others; empty: nothing.
// - `history`: what became of mail; each of its parts is a table, `history_N`, and dropped whole.
// - Bodies of up to 8 KiB stay in their row: beside it, each would be three rows and three entries
//   of an index.
// - `lasting`: what nodes tell all that are there until then, in the order in which it was told;
//   `lasting_end` has one row, with the last number.
// - `entry.lane`: priority and tenant, by which claims take turns (queue/claim_lanes.hpp). Claims
//   of the last version read the new index and sort what is due: 8 ms with a million that are not
//   due, but longer, the more are due, until the update is over. Were the old indexes left for its
//   sake, a plan might choose one of them for a lane, and read past the mail of all others.
// - `quarantine`: copies of what could not be read, before it left the queue; chunk -1 is the
//   envelope.
// - `drawn_rate`: the tokens that nodes drew of a rate with a long period, as of `version`.
constexpr std::string_view shared_decisions = R"(
CREATE TABLE notice (
  kind bigint NOT NULL,
  key bytea NOT NULL,
  value bytea NOT NULL,
  removed boolean NOT NULL,
  version bigint NOT NULL,
  at bigint NOT NULL,
  until bigint,
  PRIMARY KEY (kind, key)
);
CREATE INDEX notice_version ON notice (version);
CREATE INDEX notice_removed ON notice (at) WHERE removed;
CREATE INDEX notice_until ON notice (until) WHERE until IS NOT NULL;
CREATE TABLE board (id uuid NOT NULL, last bigint NOT NULL, forgotten bigint NOT NULL);
INSERT INTO board VALUES (gen_random_uuid(), 0, 0);
ALTER TABLE body SET (toast_tuple_target = 8160);
CREATE INDEX event_at ON event (at);
CREATE TABLE history (
  part bigint NOT NULL,
  at bigint NOT NULL,
  place bigint NOT NULL,
  line bytea NOT NULL
) PARTITION BY LIST (part);
CREATE TABLE history_part (part bigint PRIMARY KEY, since bigint NOT NULL);
ALTER TABLE node ADD COLUMN words bytea NOT NULL DEFAULT '';
ALTER TABLE node ADD COLUMN words_at bigint NOT NULL DEFAULT 0;
CREATE TABLE drawn_rate (
  name bytea PRIMARY KEY,
  version bigint NOT NULL,
  drawn bytea NOT NULL,
  until bigint NOT NULL
);
CREATE TABLE lasting (
  number bigint PRIMARY KEY,
  at bigint NOT NULL,
  until bigint NOT NULL,
  words bytea NOT NULL
);
CREATE INDEX lasting_until ON lasting (until);
CREATE TABLE quarantine (
  message bigint NOT NULL,
  chunk bigint NOT NULL,
  bytes bytea NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (message, chunk)
);
CREATE TABLE lasting_end (number bigint NOT NULL);
INSERT INTO lasting_end VALUES (0);
ALTER TABLE entry ADD COLUMN lane bigint NOT NULL DEFAULT 0;
CREATE INDEX entry_free_lane ON entry (lane, due) WHERE owner IS NULL;
CREATE INDEX entry_claimed_lane ON entry (lane, lease_end) WHERE owner IS NOT NULL;
DROP INDEX entry_free;
DROP INDEX entry_claimed;
)";

// What a database without tables says of itself.
constexpr statement has_versions{
    "has_versions", "SELECT to_regclass('schema_version') IS NOT NULL"
};
constexpr statement read_version{
    "read_version", "SELECT coalesce(max(number), 0)::bigint FROM schema_version"
};

// Any number that no other program is likely to lock in the same database.
constexpr statement lock_schema{"lock_schema", "SELECT pg_advisory_xact_lock(7238115437921)"};
// The key of that lock in two halves, as the view has it.
constexpr statement holder_of_schema{
    "holder_of_schema",
    "SELECT coalesce(max('process ' || a.pid || coalesce(' of ' || host(a.client_addr), '')), '')"
    " FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
    " AND l.classid::bigint = 7238115437921 >> 32"
    " AND l.objid::bigint = 7238115437921 & 4294967295"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
};

// Of one wait for the lock; then it is told for whom.
constexpr milliseconds lock_wait_max = std::chrono::seconds(1);

std::string limit(const char* name, milliseconds time) {
    return std::string("SET LOCAL ") + name + " = " + std::to_string(time.count()) + ";\n";
}

answer<std::int64_t> noted_version(connection& database, milliseconds patience) {
    database.add(read_version);
    const auto found = database.run(patience);
    if (!found) return found.error();
    return found->front().number(0, 0);
}

// With the lock. In the middle of a transaction `has_versions` may not know yet what another one
// has made; this does.
answer<std::int64_t> version_under_lock(connection& database, milliseconds patience) {
    const std::string table = "CREATE TABLE IF NOT EXISTS schema_version (number bigint NOT NULL)";
    if (auto done = database.script(table, patience); !done) return done.error();
    return noted_version(database, patience);
}

bool is_current(std::int64_t version) {
    return version >= newest_tables_version();
}

answer<std::string> holder(connection& database, milliseconds patience) {
    database.add(holder_of_schema);
    const auto found = database.run(patience);
    if (!found) return found.error();
    return std::string(found->front().bytes(0, 0));
}

// In a transaction from now on, with the lock; or not, because the tables are current by now.
answer<bool> take_lock(connection& database, const options& settings, milliseconds wait) {
    const auto patience = settings.patience;
    const auto deadline = steady::now() + wait;
    const auto begin = "BEGIN;\n" + limit("lock_timeout", std::min(lock_wait_max, patience / 2));
    for (bool is_told = false;; is_told = true) {
        if (auto begun = database.script(begin, patience); !begun) {
            return begun.error();
        }
        database.add(lock_schema);
        const auto locked = database.run(patience);
        if (locked) return true;
        if (locked.error().kind != trouble::conflict) return locked.error();
        const auto version = tables_version(database, patience);
        if (!version) return version.error();
        if (is_current(*version)) return false;
        const auto program = holder(database, patience);
        if (!program) return program.error();
        auto text = "another relay brings the tables up to date: " + *program;
        if (steady::now() >= deadline) {
            return sql_error{trouble::conflict, {}, std::move(text)};
        }
        if (!is_told) settings.observer.on_migrating("waits: " + text);
    }
}

// Tables may be locked by others for a short time only, because their users wait behind us; what is
// done with them may take long.
std::string work_from(std::int64_t version, const options& settings) {
    auto work = limit("statement_timeout", settings.migration_patience) +
                limit("lock_timeout", settings.patience / 2);
    for (const auto& each : migrations()) {
        if (each.number <= version) continue;
        work += each.script;
        work += "INSERT INTO schema_version VALUES (" + std::to_string(each.number) + ");\n";
    }
    return work + "COMMIT";
}

}  // namespace

const std::vector<migration>& migrations() {
    static const std::vector<migration> all{
        {.number = 1, .script = first},
        {.number = 2, .script = nodes},
        {.number = 3, .script = shared_decisions},
    };
    return all;
}

answer<std::int64_t> tables_version(connection& database, milliseconds patience) {
    database.add(has_versions);
    const auto known = database.run(patience);
    if (!known) return known.error();
    if (!known->front().flag(0, 0)) return 0;
    return noted_version(database, patience);
}

std::int64_t newest_tables_version() {
    return migrations().back().number;
}

answer<void> migrate(connection& database, const options& settings, milliseconds wait) {
    const auto patience = settings.patience;
    auto version = tables_version(database, patience);
    if (!version) return version.error();
    if (!may_use_tables(newest_tables_version(), *version)) {
        return sql_error{
            trouble::refused,
            {},
            "the queue in the database has version " + std::to_string(*version) +
                ", and this program knows " + std::to_string(newest_tables_version()) +
                ": start one that is at most one version older than the newest that was here"
        };
    }
    if (is_current(*version)) return {};
    const auto locked = take_lock(database, settings, wait);
    if (!locked) return locked.error();
    if (!*locked) return {};
    version = version_under_lock(database, patience);
    if (!version) return version.error();
    if (is_current(*version)) return database.script("COMMIT", patience);
    failpoint("schema_locked");
    settings.observer.on_migrating(
        "brings the tables from version " + std::to_string(*version) + " to " +
        std::to_string(newest_tables_version())
    );
    auto done = database.script(work_from(*version, settings), settings.migration_patience);
    failpoint("schema_migrated");
    return done;
}

}  // namespace kurir::queue::postgres
