// Sessions of relays that ended or froze in the middle of what they sent.
//
// The server waits for the rest, and the session keeps its locks. `statement_timeout` counts only
// while a statement runs, `idle_in_transaction_session_timeout` only after the end of a pipeline.
// TCP tells late that a machine is gone, and never that a process is stopped. `transaction_timeout`
// would end such a session, from PostgreSQL 17 on. So owners do it for each other.
#pragma once

#include <cstddef>

#include "queue/postgres/connection.hpp"
#include "queue/postgres/options.hpp"

namespace kurir::queue::postgres {

// Ends those that have waited for their relays for longer than `options::patience`, and returns how
// many. A relay with the same patience has given up by then, unless it is stopped. Tells the
// observer of each. Sessions of another user or with another name are left alone.
answer<std::size_t> end_stuck_sessions(connection& database, const options& settings);

}  // namespace kurir::queue::postgres
