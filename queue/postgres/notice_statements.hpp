// The statements of the notice board (queue/notice.hpp).
//
// Who posts changes the row of `board` first, and has it until COMMIT: so posts become visible in
// the order of their versions, and a reader that goes on after the last version misses nothing.
#pragma once

#include "queue/postgres/connection.hpp"

namespace kurir::queue::postgres::sql {

// $1: kinds, $2: keys, $3: values, $4: whether removed, $5: milliseconds until each is over, or
// less than nothing.
inline constexpr statement post_notices{
    "post_notices",
    "WITH b AS (UPDATE board SET last = last + 1 RETURNING last)"
    " INSERT INTO notice (kind, key, value, removed, version, at, until)"
    " SELECT n.kind, n.key, n.value, n.removed, b.last, queue_now(),"
    "  CASE WHEN n.time >= 0 THEN queue_now() + n.time END"
    " FROM b, unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::boolean[], $5::bigint[])"
    "  AS n(kind, key, value, removed, time)"
    " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value, removed = excluded.removed,"
    " version = excluded.version, at = excluded.at, until = excluded.until"
};
// Which board, its last version, the last of which a removal was forgotten, and which life of the
// server.
inline constexpr statement look_at_board{
    "look_at_board",
    "SELECT id, last, forgotten,"
    " (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint FROM board"
};
// $1: after which version, $2: how many. What was posted together is read together.
inline constexpr statement page_of_board{
    "page_of_board",
    "SELECT n.kind, n.version, n.key, n.value, n.removed, n.until IS NOT NULL,"
    " coalesce(n.until - queue_now(), 0) FROM notice n"
    " WHERE n.version > $1::bigint AND n.version <= (SELECT max(p.version) FROM"
    "  (SELECT version FROM notice WHERE version > $1::bigint ORDER BY version LIMIT $2::bigint)"
    "  AS p)"
    " ORDER BY n.version"
};
// Before the two below: as who posts.
inline constexpr statement lock_board{"lock_board", "SELECT last FROM board FOR UPDATE"};
// $1: milliseconds that a removal must be old.
inline constexpr statement forget_removals{
    "forget_removals",
    "WITH gone AS (DELETE FROM notice WHERE (kind, key) IN (SELECT kind, key FROM notice"
    "  WHERE removed AND at < queue_now() - $1::bigint ORDER BY at LIMIT 1000) RETURNING version)"
    " UPDATE board SET forgotten = greatest(forgotten, (SELECT max(version) FROM gone))"
    " WHERE EXISTS (SELECT 1 FROM gone)"
};
// $1: milliseconds that a notice must be over. Each owner knows by itself that it is.
inline constexpr statement forget_notices{
    "forget_notices",
    "DELETE FROM notice WHERE (kind, key) IN (SELECT kind, key FROM notice"
    " WHERE until < queue_now() - $1::bigint ORDER BY until LIMIT 1000)"
};

}  // namespace kurir::queue::postgres::sql
