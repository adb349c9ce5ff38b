// What a relay will find in the database of a shared queue, as values.
#pragma once

#include <cstdint>
#include <string>

namespace kurir::queue {

// How far others can read a connection.
enum class protection : std::uint8_t {
    local,     // it does not leave this machine
    clear,     // whoever is on the way reads it
    unproven,  // encrypted, but the server may be another one than it says
    proven,    // encrypted, and the server has shown a certificate of its name
};

// That one relay opens, at most.
constexpr std::int64_t connections_used = 7;

// Whether a program whose tables have version `known` may work on those of version `found`: the
// next version leaves alone what it needs (queue/postgres/schema.hpp).
constexpr bool may_use_tables(std::int64_t known, std::int64_t found) {
    return found <= known + 1;
}

struct database_facts {
    std::string server;              // its version: "15.13"
    bool read_only = false;          // as a standby is
    std::int64_t tables = 0;         // their version; 0: there are none yet
    std::int64_t tables_known = 0;   // the version that this program makes
    bool may_change_tables = true;   // this user may make new ones, and owns those that are there
    bool survives_power_cut = true;  // `fsync` and `full_page_writes` are on
    bool keeps_sessions = true;      // no pooler gives one to others after each transaction
    std::int64_t connections_left = 0;  // of the server, of the database, of the user: the fewest
    queue::protection protection = protection::local;
};

}  // namespace kurir::queue
