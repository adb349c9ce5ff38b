// What a relay will find in its database, looked at before it starts.
#pragma once

#include <cstdint>
#include <string>

#include "queue/postgres/connection.hpp"
#include "queue/postgres/sql_error.hpp"

namespace kurir::queue::postgres {

struct options;

// That one relay opens, at most.
constexpr std::int64_t connections_used = 7;

struct database_facts {
    std::string server;              // its version: "15.13"
    bool read_only = false;          // as a standby is
    std::int64_t tables = 0;         // their version; 0: there are none yet
    std::int64_t tables_known = 0;   // the version that this program makes
    bool may_change_tables = true;   // this user may make new ones, and owns those that are there
    bool survives_power_cut = true;  // `fsync` and `full_page_writes` are on
    std::int64_t connections_left = 0;  // of the server, of the database, of the user: the fewest
    postgres::protection protection = protection::local;
};

// Connects, asks and leaves; changes nothing. The error says why that did not work, without a
// password.
answer<database_facts> inspect(const options& settings);

}  // namespace kurir::queue::postgres
