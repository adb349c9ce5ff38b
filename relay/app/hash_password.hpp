// `kurir hash-password`: makes a user's line from a password on standard input.
#pragma once

#include <string>

namespace kurir::app {

// With a name the whole line, without one what follows `name:`. `for_scram`: keys of SCRAM-SHA-256
// instead of a hash. A terminal does not show what is typed, and asks twice. Returns the exit
// status.
int hash_password(const std::string& name, bool for_scram);

}  // namespace kurir::app
