// Which relay the commands of operators ask: that of KURIR_ADMIN, or of KURIR_QUEUE_DIR.
#pragma once

#include <variant>

#include "relay/admin/address.hpp"
#include "relay/config/parse.hpp"

namespace kurir::app {

// Or what is wrong with these settings; others don't count.
std::variant<admin::address, config::problems> admin_address(const config::environment& variables);

}  // namespace kurir::app
