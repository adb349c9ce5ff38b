// Whether what stands between a relay and its database keeps sessions together.
//
// A pooler such as PgBouncer may give a session of the server to another client after each
// transaction. Then statements that a relay has prepared are missing, or are another's, and the
// limits that it sets (connection.cpp) count for others and not for itself.
#pragma once

#include "queue/postgres/connection.hpp"
#include "queue/postgres/options.hpp"

namespace kurir::queue::postgres {

// False: it gives sessions away. Tried with two connections, and only if there is a pooler at all;
// an error tells that it could not be tried.
answer<bool> keeps_sessions(connection& database, const options& settings);

// What to tell of one that does not.
constexpr std::string_view sessions_given_away =
    "a pooler gives this session to others after each transaction (PgBouncer: pool_mode)";

}  // namespace kurir::queue::postgres
