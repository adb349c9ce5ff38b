// The statements by which an owner learns what is in the whole queue.
//
// Ids begin with the time at which their block was taken (id_blocks.hpp), which is at most a minute
// before the message came.
#pragma once

#include "queue/postgres/connection.hpp"

namespace kurir::queue::postgres::sql {

// In a transaction of their own: dead rows beside an old snapshot may make them slow, and claims
// wait meanwhile.
inline constexpr statement briefly{"briefly", "SET LOCAL statement_timeout = 1000"};

// $1: how many lanes there are. For how many milliseconds mail could have been claimed at most.
inline constexpr statement longest_unclaimed{
    "longest_unclaimed",
    "SELECT coalesce(max(greatest(queue_now() - first.due, queue_now() - first.lease_end)), 0)"
    " FROM generate_series(0, $1::bigint - 1) AS l(lane), LATERAL (SELECT"
    "  (SELECT e.due FROM entry e WHERE e.lane = l.lane AND e.owner IS NULL"
    "   AND e.due <= queue_now() ORDER BY e.due LIMIT 1) AS due,"
    "  (SELECT e.lease_end FROM entry e WHERE e.lane = l.lane AND e.owner IS NOT NULL"
    "   AND e.lease_end <= queue_now() ORDER BY e.lease_end LIMIT 1) AS lease_end"
    "  OFFSET 0) AS first"
};
// How many milliseconds ago the oldest message came, at least one; zero: there is none.
inline constexpr statement oldest_message{
    "oldest_message",
    "SELECT coalesce((SELECT greatest(queue_now() - (id >> 20), 1) FROM message"
    " ORDER BY id LIMIT 1), 0)"
};
// $1, $2: milliseconds; $3: how many are counted. Messages that came before $2 and not before $1,
// for each of them.
inline constexpr statement messages_by_age{
    "messages_by_age",
    "SELECT (SELECT count(*) FROM (SELECT 1 FROM message m"
    "   WHERE m.id > (queue_now() - a.oldest) << 20 AND m.id <= (queue_now() - a.youngest) << 20"
    "   LIMIT $3::bigint) AS found)"
    " FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS a(oldest, youngest, place)"
    " ORDER BY a.place"
};

}  // namespace kurir::queue::postgres::sql
