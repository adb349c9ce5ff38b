#include "queue/postgres/schema.hpp"

#include <algorithm>

#include "queue/postgres/statements.hpp"

namespace kurir::queue::postgres {

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
CREATE TABLE lasting_end (number bigint NOT NULL);
INSERT INTO lasting_end VALUES (0);
)";

// Any number that no other program is likely to lock in the same database.
constexpr std::string_view begin = R"(
BEGIN;
SELECT pg_advisory_xact_lock(7238115437921);
CREATE TABLE IF NOT EXISTS schema_version (number bigint NOT NULL);
)";

constexpr statement read_version{
    "read_version", "SELECT coalesce(max(number), 0)::bigint FROM schema_version"
};

}  // namespace

const std::vector<migration>& migrations() {
    static const std::vector<migration> all{
        {.number = 1, .script = first},
        {.number = 2, .script = nodes},
        {.number = 3, .script = shared_decisions},
    };
    return all;
}

answer<void> migrate(connection& database, std::chrono::milliseconds patience) {
    const auto newest = migrations().back().number;
    if (auto locked = database.script(std::string(begin), patience); !locked) return locked;
    database.add(read_version);
    const auto found = database.run(patience);
    if (!found) return found.error();
    const auto version = found->front().number(0, 0);
    if (version > newest + 1) {
        (void)database.script("ROLLBACK", patience);
        return sql_error{
            trouble::refused,
            {},
            "the queue in the database has version " + std::to_string(version) +
                ", and this program knows " + std::to_string(newest) +
                ": start one that is at most one version older than the newest that was here"
        };
    }
    std::string rest;
    for (const auto& each : migrations()) {
        if (each.number <= version) continue;
        rest += each.script;
        rest += "INSERT INTO schema_version VALUES (" + std::to_string(each.number) + ");\n";
    }
    return database.script(rest + "COMMIT", patience);
}

}  // namespace kurir::queue::postgres
