// The statements, in PostgreSQL's SQL. They keep to what CockroachDB and YugabyteDB know as well.
//
// Times are the database's (`queue_now`, milliseconds since 1970): the clocks of owners have no say
// in when mail is due or a claim ends, so an owner gives and gets times as distances from now.
#pragma once

#include <chrono>

#include "queue/postgres/connection.hpp"

namespace kurir::queue::postgres::sql {

inline constexpr statement begin{"begin", "BEGIN"};
inline constexpr statement commit{"commit", "COMMIT"};
// For a write that nobody relies on before a later one.
inline constexpr statement unsynced{"unsynced", "SET LOCAL synchronous_commit = off"};

// --- batches

// $1: the batch. A batch has one row, which is written with it: whether the row is there says
// whether the batch took effect, if the answer to COMMIT got lost.
inline constexpr statement note_batch{
    "note_batch", "INSERT INTO written (batch, voided, at) VALUES ($1::uuid, false, queue_now())"
};
// $1: batches of which it is known that they took effect.
inline constexpr statement forget_earlier{
    "forget_earlier", "DELETE FROM written WHERE batch = ANY($1::uuid[])"
};
// $1: the batch. Waits for the transaction that may still be writing it. Voided: it was not
// written, and never will be, for its own row would be the second. Else it was. May be asked again.
inline constexpr statement resolve_batch{
    "resolve_batch",
    "INSERT INTO written (batch, voided, at) VALUES ($1::uuid, true, queue_now())"
    " ON CONFLICT (batch) DO UPDATE SET at = written.at RETURNING voided"
};

// $1: batches. How many of them took effect.
inline constexpr statement find_batches{
    "find_batches", "SELECT count(*) FROM written WHERE batch = ANY($1::uuid[]) AND NOT voided"
};
// How long a batch, and the end of an entry, are known: a late writer may come that much later and
// still be told that it is late.
inline constexpr std::chrono::milliseconds batches_remembered = std::chrono::hours(24);

// --- bodies

// $1: messages, $2: chunks, $3: their bytes.
inline constexpr statement put_chunks{
    "put_chunks",
    "INSERT INTO body (message, chunk, bytes)"
    " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])"
    " ON CONFLICT (message, chunk) DO UPDATE SET bytes = excluded.bytes"
};
// $1: messages, $2: the owner.
inline constexpr statement note_arriving{
    "note_arriving",
    "INSERT INTO arriving (message, owner, at)"
    " SELECT DISTINCT m, $2::uuid, queue_now() FROM unnest($1::bigint[]) AS a(m)"
    " ON CONFLICT (message) DO UPDATE SET at = excluded.at"
};
// $1: messages. Which of them are still arriving, and how many chunks there are.
inline constexpr statement arrived{
    "arrived",
    "SELECT a.message, (SELECT count(*) FROM body b WHERE b.message = a.message)::bigint"
    " FROM arriving a WHERE a.message = ANY($1::bigint[]) FOR UPDATE OF a"
};
inline constexpr statement forget_arriving{
    "forget_arriving", "DELETE FROM arriving WHERE message = ANY($1::bigint[])"
};
inline constexpr statement erase_bodies{
    "erase_bodies", "DELETE FROM body WHERE message = ANY($1::bigint[])"
};
// $1: messages that were not committed, as far as their client was told: one with a name whose
// client was refused in doubt may be there, and stays.
inline constexpr statement discard_bodies{
    "discard_bodies",
    "DELETE FROM body WHERE message = ANY($1::bigint[])"
    " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = body.message)"
};

// --- what is known of entries and messages, locked until the end of the transaction

// $1: messages, $2: numbers of entries. In one order, so that two owners don't wait for each other.
inline constexpr statement lock_entries{
    "lock_entries",
    "SELECT e.message, e.number, e.fence, e.delivery FROM entry e"
    " JOIN unnest($1::bigint[], $2::bigint[]) AS n(message, number)"
    " ON e.message = n.message AND e.number = n.number"
    " ORDER BY e.message, e.number FOR UPDATE OF e"
};
// $1: messages. All of their entries.
inline constexpr statement lock_entries_of{
    "lock_entries_of",
    "SELECT e.message, e.number, e.fence, e.delivery FROM entry e"
    " WHERE e.message = ANY($1::bigint[]) ORDER BY e.message, e.number FOR UPDATE OF e"
};
// $1: messages, $2: numbers. The claims that settled them.
inline constexpr statement settled_by{
    "settled_by",
    "SELECT s.message, s.number, s.fence FROM settled s"
    " JOIN unnest($1::bigint[], $2::bigint[]) AS n(message, number)"
    " ON s.message = n.message AND s.number = n.number"
};
inline constexpr statement lock_messages{
    "lock_messages",
    "SELECT id, recipients, chunks, size FROM message WHERE id = ANY($1::bigint[])"
    " ORDER BY id FOR UPDATE"
};
inline constexpr statement marks_of{
    "marks_of",
    "SELECT message, recipient, finished FROM recipient WHERE message = ANY($1::bigint[])"
};

// --- what a batch writes

// $1: ids, $2: recipients, $3: chunks, $4: sizes, $5: envelopes.
inline constexpr statement put_messages{
    "put_messages",
    "INSERT INTO message (id, recipients, chunks, size, envelope) SELECT * FROM"
    " unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[])"
};
// $1: messages, $2: numbers, $3: milliseconds from now until they are due, $4: destinations,
// $5: fences, $6: whether each stays claimed by that fence, $7: deliveries, $8: the owner,
// $9: milliseconds of a lease, $10: lanes. What is due is claimed at once.
inline constexpr statement put_entries{
    "put_entries",
    "INSERT INTO entry (message, number, due, destination, fence, owner, lease_end, delivery, lane)"
    " SELECT message, number, queue_now() + pause, destination,"
    "  fence,"
    "  CASE WHEN kept OR pause <= 0 THEN $8::uuid END,"
    "  CASE WHEN kept OR pause <= 0 THEN queue_now() + $9::bigint END,"
    "  delivery, lane"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[],"
    "  $6::boolean[], $7::bytea[], $10::bigint[])"
    " AS n(message, number, pause, destination, fence, kept, delivery, lane)"
};
// $1: names, $2: messages.
inline constexpr statement put_names{
    "put_names",
    "INSERT INTO given_name (name, message, at)"
    " SELECT name, message, queue_now() FROM unnest($1::bytea[], $2::bigint[]) AS n(name, message)"
    " ON CONFLICT (name) DO UPDATE SET message = excluded.message, at = excluded.at"
};
// The same for names that must be new: those that another message has stay its own. It waits for a
// transaction that gives the same names, and so do others in the order of the names.
inline constexpr statement claim_names{
    "claim_names",
    "INSERT INTO given_name (name, message, at)"
    " SELECT name, message, queue_now() FROM unnest($1::bytea[], $2::bigint[]) AS n(name, message)"
    " ORDER BY name, message ON CONFLICT (name) DO NOTHING"
};
// $1: messages.
inline constexpr statement erase_names{
    "erase_names", "DELETE FROM given_name WHERE message = ANY($1::bigint[])"
};
inline constexpr statement erase_entries{
    "erase_entries",
    "DELETE FROM entry e USING unnest($1::bigint[], $2::bigint[]) AS n(message, number)"
    " WHERE e.message = n.message AND e.number = n.number"
};
// $1: messages, $2: numbers, $3: the deliveries that are left.
inline constexpr statement shrink_entries{
    "shrink_entries",
    "UPDATE entry e SET delivery = n.delivery"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS n(message, number, delivery)"
    " WHERE e.message = n.message AND e.number = n.number"
};
// $1: messages, $2: numbers, $3: fences.
inline constexpr statement note_settled{
    "note_settled",
    "INSERT INTO settled (message, number, fence, at)"
    " SELECT message, number, fence, queue_now()"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n(message, number, fence)"
    " ON CONFLICT DO NOTHING"
};
inline constexpr statement erase_messages{
    "erase_messages", "DELETE FROM message WHERE id = ANY($1::bigint[])"
};
inline constexpr statement erase_recipients{
    "erase_recipients", "DELETE FROM recipient WHERE message = ANY($1::bigint[])"
};
// $1: messages, $2: recipients, $3: whether finished, $4: states.
inline constexpr statement put_recipients{
    "put_recipients",
    "INSERT INTO recipient (message, recipient, finished, state) SELECT * FROM"
    " unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::bytea[])"
    " ON CONFLICT (message, recipient)"
    " DO UPDATE SET finished = excluded.finished, state = excluded.state"
};
inline constexpr statement put_events{
    "put_events",
    "INSERT INTO event (at, text) SELECT queue_now(), text FROM unnest($1::bytea[]) AS n(text)"
};
// $1: milliseconds.
inline constexpr statement forget_events{
    "forget_events", "DELETE FROM event WHERE at < queue_now() - $1::bigint"
};

// --- sums. Each owner has a row of its own, so that they don't wait for each other.

// $1: the owner, $2: messages, $3: recipients, $4: bytes.
inline constexpr statement add_totals{
    "add_totals",
    "INSERT INTO total VALUES ($1::uuid, $2::bigint, $3::bigint, $4::bigint)"
    " ON CONFLICT (owner) DO UPDATE SET messages = total.messages + excluded.messages,"
    " recipients = total.recipients + excluded.recipients, bytes = total.bytes + excluded.bytes"
};
inline constexpr statement read_totals{
    "read_totals",
    "SELECT coalesce(sum(messages), 0)::bigint, coalesce(sum(recipients), 0)::bigint,"
    " coalesce(sum(bytes), 0)::bigint FROM total"
};

// What owners that are gone have added, in one row of nobody's: each batch reads all rows. One that
// comes back adds to a new row.
inline constexpr statement fold_totals{
    "fold_totals",
    "WITH gone AS (SELECT t.owner FROM total t"
    "  WHERE t.owner <> '00000000-0000-0000-0000-000000000000'"
    "  AND NOT EXISTS (SELECT 1 FROM node n WHERE n.owner = t.owner)"
    "  LIMIT 1000 FOR UPDATE OF t SKIP LOCKED),"
    " taken AS (DELETE FROM total t USING gone g WHERE t.owner = g.owner"
    "  RETURNING t.messages, t.recipients, t.bytes)"
    " INSERT INTO total SELECT '00000000-0000-0000-0000-000000000000', sum(messages)::bigint,"
    "  sum(recipients)::bigint, sum(bytes)::bigint FROM taken HAVING count(*) > 0"
    " ON CONFLICT (owner) DO UPDATE SET messages = total.messages + excluded.messages,"
    " recipients = total.recipients + excluded.recipients, bytes = total.bytes + excluded.bytes"
};

// --- ids

// $1: how many, $2: the end of the owner's last block. The first of a block that nobody else gets.
// Ids begin with the time, so that a server without the tail of another does not give those of the
// tail again, unless its clock is behind by more than it took to replace the other.
inline constexpr statement take_ids{
    "take_ids",
    "UPDATE id_block SET next = greatest(next, queue_now() << 20, $2::bigint) + $1::bigint"
    " RETURNING next - $1::bigint"
};

// --- the clock

inline constexpr statement read_clock{"read_clock", "SELECT queue_now()"};

// --- reading

inline constexpr statement read_envelopes{
    "read_envelopes", "SELECT id, envelope FROM message WHERE id = ANY($1::bigint[])"
};
inline constexpr statement read_states{
    "read_states",
    "SELECT message, recipient, state FROM recipient"
    " WHERE message = ANY($1::bigint[]) AND NOT finished ORDER BY message, recipient"
};
inline constexpr statement read_first_chunks{
    "read_first_chunks",
    "SELECT message, bytes FROM body WHERE message = ANY($1::bigint[]) AND chunk = 0"
};
inline constexpr statement read_chunk{
    "read_chunk", "SELECT bytes FROM body WHERE message = $1::bigint AND chunk = $2::bigint"
};

// $1: messages. Copies what is there of them, and returns what it copied: once.
inline constexpr statement quarantine{
    "quarantine",
    "INSERT INTO quarantine (message, chunk, bytes, at)"
    " SELECT id, -1, envelope, queue_now() FROM message WHERE id = ANY($1::bigint[])"
    " UNION ALL SELECT b.message, b.chunk, b.bytes, queue_now() FROM body b"
    "  JOIN message m ON m.id = b.message WHERE b.message = ANY($1::bigint[])"
    " ON CONFLICT (message, chunk) DO NOTHING RETURNING chunk"
};
// $1: messages. Whoever is to try them next finds that they can't be read.
inline constexpr statement drop_bodies{
    "drop_bodies", "DELETE FROM body WHERE message = ANY($1::bigint[])"
};
// $1: messages. How many of them are there.
inline constexpr statement count_messages{
    "count_messages", "SELECT count(*) FROM message WHERE id = ANY($1::bigint[])"
};

// $1: names. Who is told that a message is there relies on it as on a COMMIT: so this is one, and
// waits for the standbys that have to know of it.
inline constexpr statement confirm_names{
    "confirm_names",
    "UPDATE given_name SET at = at WHERE name = ANY($1::bytea[]) RETURNING message, name"
};
// The same in a transaction that is committed.
inline constexpr statement find_names{
    "find_names", "SELECT message, name FROM given_name WHERE name = ANY($1::bytea[])"
};

// --- orders over the whole queue, in pages: $1, $2: after which entry, $3: how many

inline constexpr statement page_of_entries{
    "page_of_entries",
    "SELECT message, number, due - queue_now(), fence, delivery FROM entry"
    " WHERE (message, number) > ($1::bigint, $2::bigint) ORDER BY message, number"
    " LIMIT $3::bigint"
};
// $1: messages, $2: numbers, $3: milliseconds from now until they are due.
inline constexpr statement move_entries{
    "move_entries",
    "WITH l AS (SELECT e.message, e.number, n.pause FROM entry e"
    "  JOIN unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n(message, number, pause)"
    "  ON e.message = n.message AND e.number = n.number"
    "  ORDER BY e.message, e.number FOR UPDATE OF e)"
    " UPDATE entry e SET due = queue_now() + l.pause FROM l"
    " WHERE e.message = l.message AND e.number = l.number"
};

// --- housekeeping, a thousand rows at a time. $1: milliseconds that something must be old

inline constexpr statement forget_batches{
    "forget_batches",
    "DELETE FROM written WHERE (batch) IN (SELECT batch FROM written WHERE at < queue_now() - "
    "$1::bigint"
    " ORDER BY at LIMIT 1000 FOR UPDATE SKIP LOCKED)"
};
inline constexpr statement forget_settled{
    "forget_settled",
    "DELETE FROM settled WHERE (message, number) IN (SELECT message, number FROM settled WHERE at "
    "< queue_now() - $1::bigint"
    " ORDER BY at LIMIT 1000 FOR UPDATE SKIP LOCKED)"
};
inline constexpr statement forget_names{
    "forget_names",
    "DELETE FROM given_name WHERE (name) IN (SELECT name FROM given_name WHERE at < queue_now() - "
    "$1::bigint"
    " ORDER BY at LIMIT 1000 FOR UPDATE SKIP LOCKED)"
};
inline constexpr statement forget_nodes{
    "forget_nodes",
    "DELETE FROM node WHERE (owner) IN (SELECT owner FROM node WHERE seen < queue_now() - "
    "$1::bigint"
    " ORDER BY seen LIMIT 1000 FOR UPDATE SKIP LOCKED)"
};
// Bodies of messages that never were committed.
inline constexpr statement erase_orphans{
    "erase_orphans",
    "WITH gone AS (DELETE FROM arriving WHERE at < queue_now() - $1::bigint RETURNING message)"
    " DELETE FROM body b USING gone WHERE b.message = gone.message"
};

}  // namespace kurir::queue::postgres::sql
