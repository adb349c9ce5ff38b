// What a claim asks the database: which lanes have mail, and for some of it.
#pragma once

#include <chrono>
#include <vector>

#include "queue/claim_lanes.hpp"
#include "queue/postgres/changes.hpp"
#include "queue/postgres/connection.hpp"
#include "queue/store.hpp"

namespace kurir::queue::postgres {

// The lanes in which an order can be carried out. `takes_over`: also what owners left.
answer<std::vector<lane_source>> lanes_with_mail(
    connection& database,
    const claim_order& wanted,
    bool takes_over,
    std::chrono::milliseconds patience
);

// Adds the statement that claims for `self` what `part` says. Its answer has a row for each entry,
// as `delivery_at` reads it.
void add_claim(
    connection& database, const claimant& self, const claim_order& wanted, const lane_part& part
);

}  // namespace kurir::queue::postgres
