// Frees the disk space of mail that has left the queue.
//
// Mail that is delivered at once leaves only log behind. A backlog goes to tables and body files.
// RocksDB removes its remains only when it compacts, and it does not compact while no mail comes.
// So a thread regularly compares what is queued with what is on the disk, and compacts if more than
// half is waste. It stops at once when the database is about to be closed.
#pragma once

#include <cstdint>

#include "queue/rocks/committer.hpp"
#include "queue/rocks/context.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue {

// The disk usage above twice what the queue needs.
//
// Pure, as are the next two.
std::uint64_t waste(const store_totals& queued, std::uint64_t on_disk) noexcept;

// What a compaction could not free, given the sums at its begin and its end. Mail that left during
// the compaction was still kept, and mail that arrived was not there yet.
std::uint64_t stuck_waste(
    const store_totals& begun, const store_totals& ended, std::uint64_t on_disk
) noexcept;

// True if there is enough waste to make compacting worthwhile. `stuck` is the waste left by the
// last compaction: it is not tried again until more has accumulated.
bool worth_compacting(
    const store_totals& queued, std::uint64_t on_disk, std::uint64_t stuck
) noexcept;

class reclaim {
public:
    // `writer` must outlive it.
    reclaim(const queue::context& context, const committer& writer);

    void start();
    void stop();

private:
    void run();
    void look();

    const context context_;
    const committer& writer_;
    std::uint64_t stuck_ = 0;
    base::worker_threads thread_;
};

}  // namespace kurir::queue
