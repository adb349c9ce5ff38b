// The statements of the history (history_table.hpp).
#pragma once

#include "queue/postgres/connection.hpp"

namespace kurir::queue::postgres::sql {

// $1: lines, oldest first. There is a part.
inline constexpr statement put_history{
    "put_history",
    "INSERT INTO history (part, at, place, line)"
    " SELECT p.part, queue_now(), n.place, n.line"
    " FROM (SELECT max(part) AS part FROM history_part) AS p,"
    " unnest($1::bytea[]) WITH ORDINALITY AS n(line, place)"
};
// One relay at a time changes the parts; others read on, and append.
inline constexpr statement lock_parts{
    "lock_parts", "LOCK TABLE history_part IN SHARE ROW EXCLUSIVE MODE"
};
inline constexpr statement look_at_parts{
    "look_at_parts",
    "SELECT part, queue_now() - since, pg_total_relation_size(('history_' || part)::regclass)"
    " FROM history_part ORDER BY part"
};
inline constexpr statement parts_of_history{
    "parts_of_history", "SELECT part FROM history_part ORDER BY part DESC"
};
// $1: part, $2: what lines have, in small letters, $3: how many. `encode`: bytes that are no ASCII
// look the same in every encoding that a database may have; `lower` would ask its locale.
inline constexpr statement lines_of_part{
    "lines_of_part",
    "SELECT line FROM history WHERE part = $1::bigint"
    " AND position(encode($2::bytea, 'escape') IN translate(encode(line, 'escape'),"
    "  'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')) > 0"
    " ORDER BY at DESC, place DESC LIMIT $3::bigint"
};

}  // namespace kurir::queue::postgres::sql
