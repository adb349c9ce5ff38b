// What the relay needs of the database that holds its queue. Pure.
#pragma once

#include <string>
#include <vector>

#include "queue/database_facts.hpp"
#include "relay/doctor/finding.hpp"

namespace kurir::doctor {

// `place`: who connects to what, without a password. At least one finding.
std::vector<finding> judge_database(const std::string& place, const queue::database_facts& facts);

// `cause`: why the facts could not be had, in the words of libpq or of the server.
finding judge_closed_database(const std::string& place, const std::string& cause);

}  // namespace kurir::doctor
