// Reads the queue at the start: announces every delivery, and removes bodies that were never
// committed.
//
// It runs in the background, in pieces, while mail is already accepted, and reads only `schedule`.
// Overdue mail that was deferred before is spread over `spread`, so that a restart does not retry
// everything at once. Untried mail is due at once (decision 25). Messages stored by this process
// are skipped: they were announced when they were stored, and their bodies may still be arriving.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "queue/rocks/committer.hpp"
#include "queue/rocks/context.hpp"
#include "queue/store.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue {

class recovery {
public:
    // `writer` must outlive it. Ids above `newest` are of this process. `thorough`: after damage,
    // also looks for bodies that no mark tells of. `down`: how long no process had the queue; what
    // came due meanwhile is overdue.
    recovery(
        const queue::context& context,
        committer& writer,
        message_id newest,
        bool thorough,
        std::chrono::milliseconds down
    );

    void start(delivery_listener listener);
    void stop();
    bool running() const noexcept { return running_.load(std::memory_order_relaxed); }

private:
    struct piece {
        std::vector<delivery> found;
        std::vector<quarantine_request> damaged;
        bool last = false;
    };

    void run();
    void announce_all();
    bool read_piece(std::string& after, piece& next);
    void take_entry(std::string_view entry, std::string_view record, piece& next);
    void replace_damaged();
    bool find_others(std::string& after, bool& last);
    void find_missing();
    bool find_missing_behind(std::string& after);
    bool try_again(const rocksdb::Status& status);
    void sweep_incoming();
    void sweep_bodies();
    void discard(const database& source, message_id id);
    bool pause();

    const context context_;
    committer& writer_;
    const message_id newest_;
    const bool thorough_;
    const std::chrono::milliseconds down_;
    delivery_listener listener_;
    std::uint64_t announced_ = 0;
    // The pause between checks of a store that is being reopened. It is longer after a failed read.
    static constexpr std::chrono::milliseconds closed_pause{20};
    std::chrono::milliseconds pause_ = closed_pause;
    int tries_ = 0;                                     // in a row that failed
    std::map<message_id, quarantine_request> damaged_;  // one entry of each message
    std::set<message_id> left_alone_;  // those with an entry that only a later version understands
    bool blocks_damaged_ = false;      // in `schedule`; then, the recipients in readable entries:
    std::map<message_id, std::set<std::uint32_t>> others_;
    std::atomic<bool> running_{false};
    base::worker_threads thread_;
};

}  // namespace kurir::queue
