// The statements about nodes: which there are, what mail others have, what they tell each other.
#pragma once

#include "queue/postgres/connection.hpp"

namespace kurir::queue::postgres::sql {

// --- what others have, and nobody

// $1: the owner that asks, $2, $3: the first entry, $4: how many.
inline constexpr statement page_of_others{
    "page_of_others",
    "SELECT e.message, e.number, e.due - queue_now(), e.fence, e.delivery,"
    " coalesce(e.lease_end - queue_now(), 0), e.owner,"
    " (SELECT n.host FROM node n WHERE n.owner = e.owner) FROM entry e"
    " WHERE (e.message, e.number) >= ($2::bigint, $3::bigint)"
    " AND (e.owner IS NULL OR e.owner <> $1::uuid)"
    " ORDER BY e.message, e.number LIMIT $4::bigint"
};
// $1: the owner that asks, $2: messages.
inline constexpr statement others_of{
    "others_of",
    "SELECT e.message, e.number, e.due - queue_now(), e.fence, e.delivery,"
    " coalesce(e.lease_end - queue_now(), 0), e.owner,"
    " (SELECT n.host FROM node n WHERE n.owner = e.owner) FROM entry e"
    " WHERE e.message = ANY($2::bigint[]) AND (e.owner IS NULL OR e.owner <> $1::uuid)"
    " ORDER BY e.message, e.number"
};

// --- nodes

// $1: the owner, $2: its host, $3: its version, $4: the address of its API. It is alive.
inline constexpr statement note_node{
    "note_node",
    "INSERT INTO node (owner, host, version, address, since, seen)"
    " VALUES ($1::uuid, $2::bytea, $3::bytea, $4::bytea, queue_now(), queue_now())"
    " ON CONFLICT (owner) DO UPDATE SET seen = excluded.seen"
};
inline constexpr statement forget_node{"forget_node", "DELETE FROM node WHERE owner = $1::uuid"};
inline constexpr statement read_nodes{
    "read_nodes",
    "SELECT n.owner, n.host, n.version, n.address, queue_now() - n.since, queue_now() - n.seen,"
    " coalesce(c.claimed, 0)::bigint FROM node n LEFT JOIN"
    " (SELECT owner, count(*) AS claimed FROM entry WHERE owner IS NOT NULL GROUP BY owner) AS c"
    " ON c.owner = n.owner ORDER BY n.since, n.owner"
};
// The same without reading what they have claimed.
inline constexpr statement read_heard_nodes{
    "read_heard_nodes",
    "SELECT owner, host, version, address, queue_now() - since, queue_now() - seen, 0::bigint"
    " FROM node ORDER BY since, owner"
};
// $1: the owner, $2: what it tells the others from now on.
inline constexpr statement tell_nodes{
    "tell_nodes", "UPDATE node SET words = $2::bytea, words_at = queue_now() WHERE owner = $1::uuid"
};
// $1: the owner, $2: milliseconds. What nodes tell that were heard of since; of the owner itself
// only that it does.
inline constexpr statement hear_nodes{
    "hear_nodes",
    "SELECT CASE WHEN owner = $1::uuid THEN '' ELSE words END, queue_now() - words_at,"
    " owner = $1::uuid FROM node WHERE queue_now() - seen <= $2::bigint AND words <> ''"
};
// $1: words for all nodes, $2: how many milliseconds they are kept. Who tells changes the row of
// `lasting_end` first and has it until COMMIT: so they become visible in the order of their
// numbers, and a reader that goes on after the last one misses none.
inline constexpr statement tell_lasting{
    "tell_lasting",
    "WITH e AS (UPDATE lasting_end SET number = number + 1 RETURNING number)"
    " INSERT INTO lasting (number, at, until, words)"
    " SELECT e.number, queue_now(), queue_now() + $2::bigint, $1::bytea FROM e"
};
// The last number, and which life of the server.
inline constexpr statement last_of_lasting{
    "last_of_lasting",
    "SELECT number, (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint"
    " FROM lasting_end"
};
// $1: after which number, $2: how many.
inline constexpr statement page_of_lasting{
    "page_of_lasting",
    "SELECT number, words, queue_now() - at FROM lasting WHERE number > $1::bigint"
    " ORDER BY number LIMIT $2::bigint"
};
inline constexpr statement forget_lasting{
    "forget_lasting",
    "DELETE FROM lasting WHERE (number) IN (SELECT number FROM lasting"
    " WHERE until < queue_now() ORDER BY until LIMIT 1000)"
};

}  // namespace kurir::queue::postgres::sql
