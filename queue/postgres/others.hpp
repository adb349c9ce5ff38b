// Reads what other owners have and tell, and what nobody has: queue/shared_store.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "queue/postgres/connection.hpp"
#include "queue/postgres/owner_id.hpp"
#include "queue/shared_store.hpp"

namespace kurir::queue::postgres {

// Who reads, when, and how long it may take.
struct reading_owner {
    owner_id self;
    time_point now;  // of the owner's clock
    std::chrono::milliseconds patience{};
};

answer<other_entries> browse_others(
    connection& database, const reading_owner& reader, entry_name first, std::size_t limit
);
answer<std::vector<other_entry>> find_others(
    connection& database, const reading_owner& reader, const std::vector<message_id>& ids
);
// `question`: sql::read_nodes or sql::read_heard_nodes.
answer<std::vector<node>> read_nodes(
    connection& database, const statement& question, const reading_owner& reader
);
answer<node_hearing> exchange_words(
    connection& database, const node_telling& telling, const reading_owner& reader
);

}  // namespace kurir::queue::postgres
