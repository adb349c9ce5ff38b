// What the store says of itself, to the next process: the queue's clock, the ceiling of ids, the
// sums.
//
// They are read when the database has been opened, and written before the first id is given out.
#pragma once

#include <rocksdb/status.h>

#include <optional>

#include "queue/message.hpp"
#include "queue/message_id.hpp"
#include "queue/rocks/database.hpp"
#include "queue/totals.hpp"

namespace kurir::queue {

// The time at which the queue's clock stopped, and the time of the wall clock then.
struct stopped_clock {
    std::optional<time_point> at;
    time_point calendar{};
};

struct start_records {
    stopped_clock clock;
    message_id ceiling;
    store_totals totals;
};

// `recount`: the stored sums can't be trusted.
rocksdb::Status read_start_records(const database& source, bool recount, start_records& records);

// What must be on disk before the first id is given out. Old events are removed.
rocksdb::Status write_start_records(
    const database& target, message_id ceiling, const store_totals& totals, time_point now
);

}  // namespace kurir::queue
