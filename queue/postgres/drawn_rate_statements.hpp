// The statements of rates that all nodes keep together (queue/shared_rate.hpp).
//
// A record is read, decided upon and written if nobody else has written it: no node holds a lock
// while it thinks, or is stopped.
#pragma once

#include "queue/postgres/connection.hpp"

namespace kurir::queue::postgres::sql {

// $1: name. One row: the time, whether it is known, its version, and what was drawn.
inline constexpr statement read_drawn_rate{
    "read_drawn_rate",
    "SELECT queue_now(), d.name IS NOT NULL, coalesce(d.version, 0), coalesce(d.drawn, '')"
    " FROM (SELECT $1::bytea AS name) AS n LEFT JOIN drawn_rate d ON d.name = n.name"
};
// $1: name, $2: version, $3: what was drawn, $4: when its last slice ends, $5: version as it was
// read. One row if it was written.
inline constexpr statement change_drawn_rate{
    "change_drawn_rate",
    "UPDATE drawn_rate SET version = $2::bigint, drawn = $3::bytea, until = $4::bigint"
    " WHERE name = $1::bytea AND version = $5::bigint RETURNING version"
};
// The same of one that was not known; $5 is 0.
inline constexpr statement add_drawn_rate{
    "add_drawn_rate",
    "INSERT INTO drawn_rate (name, version, drawn, until)"
    " SELECT $1::bytea, $2::bigint, $3::bytea, $4::bigint WHERE $5::bigint = 0"
    " ON CONFLICT (name) DO NOTHING RETURNING version"
};
// $1: milliseconds since the last slice ended; more than any period.
inline constexpr statement forget_drawn_rates{
    "forget_drawn_rates", "DELETE FROM drawn_rate WHERE until < queue_now() - $1::bigint"
};

}  // namespace kurir::queue::postgres::sql
