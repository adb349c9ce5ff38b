// The parameters of a connection, as libpq lists them.
#pragma once

#include <libpq-fe.h>

#include <map>
#include <string>

namespace kurir::queue::postgres {

// Those that have a value. Takes ownership of `listed`; null: there are none.
std::map<std::string, std::string> connection_parameters(PQconninfoOption* listed);

}  // namespace kurir::queue::postgres
