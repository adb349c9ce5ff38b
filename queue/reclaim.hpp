// Gives the disk back what drained mail took.
//
// Mail that passes through leaves nothing but log. A backlog goes to tables and files of bodies,
// and RocksDB drops its remains only when it compacts, for which it sees no reason once no mail
// comes. So a thread compares from time to time what is in the queue with what is on the disk, and
// compacts where more than half is waste. It gives way at once when the database is to be closed.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "queue/committer.hpp"
#include "queue/context.hpp"

namespace kurir::queue {

// What the disk holds beyond twice what the queue needs.
//
// Pure, as are the next two.
std::uint64_t waste(const store_totals& queued, std::uint64_t on_disk) noexcept;

// What a compaction could not free, of what was queued when it began and when it ended: mail that
// drained meanwhile was still needed to it, and mail that came was not there.
std::uint64_t stuck_waste(
    const store_totals& begun, const store_totals& ended, std::uint64_t on_disk
) noexcept;

// True if there is so much of it that compacting pays. `stuck` is the waste that was left when it
// was last done: what could not be freed then is not tried again until more has gathered.
bool worth_compacting(
    const store_totals& queued, std::uint64_t on_disk, std::uint64_t stuck
) noexcept;

class reclaim {
public:
    // `writer` must outlive it.
    reclaim(const context& around, const committer& writer);
    ~reclaim();

    void start();
    void stop();

private:
    void run();
    void look();

    const context around_;
    const committer& writer_;
    std::uint64_t stuck_ = 0;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;  // under `mutex_`
    std::thread thread_;
};

}  // namespace kurir::queue
