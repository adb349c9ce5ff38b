// The tables of a queue in a database, and how they come about: by numbered migrations.
//
// `queue/postgres/SCHEMA.md` describes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "queue/postgres/connection.hpp"

namespace kurir::queue::postgres {

// The migration with number n makes version n of version n - 1. They are never changed, and never
// take anything away that the program one version before needs, so that programs of two versions
// work side by side while one replaces the other.
struct migration {
    int number;
    std::string_view script;
};
const std::vector<migration>& migrations();

// Of the tables that are there; 0: there are none.
answer<std::int64_t> tables_version(connection& database, std::chrono::milliseconds patience);

// That this program makes.
std::int64_t newest_tables_version();

// Brings the schema to the version of this program, in one transaction that excludes other
// programs doing the same. While another one does it waits `wait` (and a second) for it at most,
// and tells the observer for whom. Its own work has `options::migration_patience`: a large table
// may have to be indexed. A schema that is as new as this program's, or newer, takes no lock.
//
// A newer schema than `newest` + 1 is refused: a program of that version has been here, and this
// one might not understand what it wrote.
answer<void> migrate(connection& database, const options& settings, std::chrono::milliseconds wait);

}  // namespace kurir::queue::postgres
