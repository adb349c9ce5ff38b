// What a relay will find in its database, looked at before it starts.
#pragma once

#include "queue/database_facts.hpp"
#include "queue/postgres/sql_error.hpp"

namespace kurir::queue::postgres {

struct options;

// Connects, asks and leaves; changes nothing. The error says why that did not work, without a
// password.
answer<database_facts> inspect(const options& settings);

}  // namespace kurir::queue::postgres
