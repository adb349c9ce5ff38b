// The notice board in the database: queue/notice.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "queue/notice.hpp"
#include "queue/postgres/connection.hpp"

namespace kurir::queue::postgres {

// As in queue/shared_store.hpp.
answer<void> post_notices(
    connection& database, const std::vector<notice>& notices, std::chrono::milliseconds patience
);
answer<board_page> read_board(
    connection& database, board_place last, std::size_t limit, std::chrono::milliseconds patience
);

}  // namespace kurir::queue::postgres
