// Reads what other owners have, and what nobody has, for operators: queue/shared_store.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "queue/postgres/connection.hpp"
#include "queue/postgres/owner_id.hpp"
#include "queue/shared_store.hpp"

namespace kurir::queue::postgres {

// How a question is asked.
struct asking {
    owner_id self;
    time_point now;  // of the owner's clock
    std::chrono::milliseconds patience{};
};

answer<other_entries> browse_others(
    connection& database, const asking& how, entry_name first, std::size_t limit
);
answer<std::vector<other_entry>> find_others(
    connection& database, const asking& how, const std::vector<message_id>& ids
);
answer<std::vector<node>> read_nodes(connection& database, const asking& how);

}  // namespace kurir::queue::postgres
