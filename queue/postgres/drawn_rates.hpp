// Tokens of rates that all nodes keep together, in the database: queue/shared_rate.hpp.
#pragma once

#include <chrono>

#include "queue/postgres/connection.hpp"
#include "queue/shared_rate.hpp"

namespace kurir::queue::postgres {

// As in queue/shared_store.hpp. `trouble::conflict`: others drew at the same time, again and again.
answer<token_grant> draw_tokens(
    connection& database, const token_request& request, std::chrono::milliseconds patience
);

}  // namespace kurir::queue::postgres
