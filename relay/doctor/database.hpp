// What the relay needs of the database that holds its queue. Pure.
#pragma once

#include <string>
#include <vector>

#include "queue/postgres/inspection.hpp"
#include "relay/doctor/finding.hpp"

namespace kurir::doctor {

// `place`: who connects to what, without a password. At least one finding.
std::vector<finding> judge_database(
    const std::string& place, const queue::postgres::answer<queue::postgres::database_facts>& facts
);

}  // namespace kurir::doctor
