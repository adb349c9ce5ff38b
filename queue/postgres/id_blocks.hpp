// Message ids that no other owner of the queue gives out, in blocks from the database.
//
// A block has as many ids as one millisecond of queue/message_id.hpp, and begins with the time at
// which it was taken. A new one is taken once a second while ids are used, so that ids sort by time
// to that second, and once a minute while none are, so that an id never is much older than its
// message. The rest of a block is not used.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "queue/message_id.hpp"
#include "queue/postgres/connection.hpp"

namespace kurir::queue::postgres {

class id_blocks {
public:
    using time_point = std::chrono::steady_clock::time_point;

    static constexpr std::uint64_t size = std::uint64_t(1) << 20;

    // Thread-safe. Zero, which names no message, if the database gave no block in time.
    message_id next();

    // Takes a new block, if the one in use is old. By one thread.
    answer<void> refill(connection& database, std::chrono::milliseconds patience, time_point now);

    // The same if few are left; by any thread that has a connection.
    answer<void> refill_if_low(connection& database, std::chrono::milliseconds patience);

    // Takes a new block, whatever is left of the one in use. By any thread that has a connection.
    answer<void> replace(connection& database, std::chrono::milliseconds patience) {
        return take(database, patience);
    }

private:
    static constexpr std::uint64_t few = size / 16;
    static constexpr std::chrono::seconds unused_max{60};

    answer<void> take(connection& database, std::chrono::milliseconds patience);

    std::mutex mutex_;
    std::uint64_t next_ = 0;
    std::uint64_t end_ = 0;
    bool used_ = true;  // since it was taken
    time_point refilled_at_{};
};

}  // namespace kurir::queue::postgres
