// Sessions of relays that ended or froze in the middle of what they sent.
//
// The server waits for the rest, and the session keeps its locks: neither `statement_timeout` nor
// `idle_in_transaction_session_timeout` counts inside of a pipeline, TCP tells that a machine is
// gone after hours, and never that a process is stopped. `transaction_timeout` would, from
// PostgreSQL 17 on. So owners end such sessions for each other.
#pragma once

#include "queue/postgres/connection.hpp"
#include "queue/postgres/options.hpp"

namespace kurir::queue::postgres {

// Ends those that have waited for their relays for longer than `options::patience`: by then the
// relay has given up itself, unless it is stopped. Tells the observer of each.
answer<void> end_stuck_sessions(connection& database, const options& settings);

}  // namespace kurir::queue::postgres
