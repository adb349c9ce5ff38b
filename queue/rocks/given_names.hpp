// The messages that were committed with names (`submission::names`).
#pragma once

#include <string>
#include <vector>

#include "queue/codec.hpp"
#include "queue/rocks/database.hpp"
#include "queue/store.hpp"

namespace kurir::queue {

// In the order of `names`. `now`: as for `name_keys`. An error if it is not known of each.
decoded<named_messages> load_names(
    const database& source, const std::vector<std::string>& names, time_point now
);

}  // namespace kurir::queue
