// Gives out message ids that are never reused, not even after a restart or a jump of the clock.
//
// An id begins with the time. Within a millisecond, and when the clock goes back, ids count up from
// the last one. Every id is below a *ceiling* that is on disk before the first of these ids is
// given out. A process starts at the ceiling of the process before it. The ceiling is about an hour
// ahead; a batch that is written anyway raises it (Q022).
//
// `next` is thread-safe and takes one compare-and-swap; the others belong to one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "queue/message.hpp"

namespace kurir::queue {

class id_source {
public:
    // `floor`: the ceiling that was on disk; `ceiling`: the new one, which is on disk now.
    id_source(message_id floor, message_id ceiling);

    // The ceiling for a process that starts at `now` and found `floor` on disk.
    static message_id first_ceiling(message_id floor, time_point now);

    message_id next(time_point now);

    // A higher ceiling, if it is time to write one; call `raise` when it is on disk.
    std::optional<message_id> wanted_ceiling(time_point now) const;
    void raise(message_id ceiling);

private:
    std::atomic<std::uint64_t> last_;
    std::atomic<std::uint64_t> ceiling_;
};

}  // namespace kurir::queue
