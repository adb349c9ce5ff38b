// The statements with which an owner claims mail, and keeps what it has claimed.
//
// Claims go lane by lane (queue/claim_lanes.hpp): what is left by owners whose leases ended, by the
// end of the lease, and what is due and nobody's, by its time. The last version gave entries that
// were not due the fence 0.
#pragma once

#include "queue/postgres/connection.hpp"

namespace kurir::queue::postgres::sql {

// $1: how many lanes there are, $2: destinations that are left out, $3: for how many milliseconds
// it might have been claimed. The lanes with mail: whether it was left, whether it is nobody's.
// (Not EXISTS, for which the server may read all mail of all lanes once.)
inline constexpr statement lanes_with_mail{
    "lanes_with_mail",
    "SELECT l.lane, found.is_left, found.is_free"
    " FROM generate_series(0, $1::bigint - 1) AS l(lane), LATERAL (SELECT"
    "  (SELECT 1 FROM entry e WHERE e.lane = l.lane AND e.owner IS NOT NULL"
    "   AND e.lease_end <= queue_now() - $3::bigint AND e.destination <> ALL($2::bytea[])"
    "   LIMIT 1) IS NOT NULL AS is_left,"
    "  (SELECT 1 FROM entry e WHERE e.lane = l.lane AND e.owner IS NULL"
    "   AND e.due <= queue_now() - $3::bigint AND e.destination <> ALL($2::bytea[])"
    "   LIMIT 1) IS NOT NULL AS is_free"
    "  OFFSET 0) AS found WHERE found.is_left OR found.is_free"
};
// $1: the owner, $2: milliseconds of a lease, $3: how many at most, $4: destinations that are left
// out, $5: for how many milliseconds it might have been claimed, $6: the lane. Of owners whose
// leases ended.
inline constexpr statement claim_left{
    "claim_left",
    "WITH c AS (SELECT message, number FROM entry"
    "  WHERE owner IS NOT NULL AND lane = $6::bigint AND lease_end <= queue_now() - $5::bigint"
    "  AND destination <> ALL($4::bytea[]) ORDER BY lease_end"
    "  LIMIT $3::bigint FOR UPDATE SKIP LOCKED)"
    " UPDATE entry e SET owner = $1::uuid, lease_end = queue_now() + $2::bigint,"
    " fence = greatest(e.fence, 1) + 1"
    " FROM c WHERE e.message = c.message AND e.number = c.number"
    " RETURNING e.message, e.number, e.due - queue_now(), e.fence, e.delivery"
};
// The same parameters. What is due and nobody's.
inline constexpr statement claim_free{
    "claim_free",
    "WITH c AS (SELECT message, number FROM entry"
    "  WHERE owner IS NULL AND lane = $6::bigint AND due <= queue_now() - $5::bigint"
    "  AND destination <> ALL($4::bytea[]) ORDER BY due"
    "  LIMIT $3::bigint FOR UPDATE SKIP LOCKED)"
    " UPDATE entry e SET owner = $1::uuid, lease_end = queue_now() + $2::bigint,"
    " fence = greatest(e.fence, 1) + 1"
    " FROM c WHERE e.message = c.message AND e.number = c.number"
    " RETURNING e.message, e.number, e.due - queue_now(), e.fence, e.delivery"
};
// $1: the owner, $2: milliseconds of a lease, $3: messages, $4: numbers, $5: fences. Returns those
// that it still has.
inline constexpr statement renew{
    "renew",
    "WITH l AS (SELECT e.message, e.number FROM entry e"
    "  JOIN unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS h(message, number, fence)"
    "  ON e.message = h.message AND e.number = h.number AND e.fence = h.fence"
    "  WHERE e.owner = $1::uuid ORDER BY e.message, e.number FOR UPDATE OF e)"
    " UPDATE entry e SET lease_end = queue_now() + $2::bigint FROM l"
    " WHERE e.message = l.message AND e.number = l.number RETURNING e.message, e.number"
};
// $1: the owner, $2: messages, $3: numbers, $4: fences.
inline constexpr statement release{
    "release",
    "WITH l AS (SELECT e.message, e.number FROM entry e"
    "  JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS h(message, number, fence)"
    "  ON e.message = h.message AND e.number = h.number AND e.fence = h.fence"
    "  WHERE e.owner = $1::uuid ORDER BY e.message, e.number FOR UPDATE OF e)"
    " UPDATE entry e SET owner = NULL, lease_end = NULL FROM l"
    " WHERE e.message = l.message AND e.number = l.number"
};
inline constexpr statement release_all{
    "release_all", "UPDATE entry SET owner = NULL, lease_end = NULL WHERE owner = $1::uuid"
};
// $1: the owner, $2: messages, $3: milliseconds of a lease. What it has of them, after a batch
// whose answer got lost. Nobody renewed the claims meanwhile: they begin anew, as of now.
inline constexpr statement claimed_of{
    "claimed_of",
    "WITH l AS (SELECT message, number FROM entry"
    "  WHERE owner = $1::uuid AND message = ANY($2::bigint[])"
    "  ORDER BY message, number FOR UPDATE)"
    " UPDATE entry e SET lease_end = queue_now() + $3::bigint FROM l"
    " WHERE e.message = l.message AND e.number = l.number RETURNING e.message, e.number, e.fence"
};

// $1: the owner, $2: milliseconds of a lease, $3: messages, $4: numbers, $5: 1: also what other
// owners left. Those that nobody has, due or not.
inline constexpr statement take{
    "take",
    "WITH c AS (SELECT e.message, e.number FROM entry e"
    "  JOIN unnest($3::bigint[], $4::bigint[]) AS n(message, number)"
    "  ON e.message = n.message AND e.number = n.number"
    "  WHERE e.owner IS NULL OR ($5::bigint = 1 AND e.lease_end <= queue_now())"
    "  ORDER BY e.message, e.number FOR UPDATE OF e SKIP LOCKED)"
    " UPDATE entry e SET owner = $1::uuid, lease_end = queue_now() + $2::bigint,"
    " fence = greatest(e.fence, 1) + 1"
    " FROM c WHERE e.message = c.message AND e.number = c.number"
    " RETURNING e.message, e.number, e.due - queue_now(), e.fence, e.delivery"
};

}  // namespace kurir::queue::postgres::sql
