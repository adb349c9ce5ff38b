// The one thread that writes: group commit, and what happens when a write fails.
//
// Requests wait in a queue. The thread takes all of them, writes them as one batch with one sync,
// reports its deliveries to the listener, and completes the requests together. More load means
// larger batches, not more syncs. Chunks of bodies are written before the batch, without sync.
//
// A write that fails ends the database handle (decision 2). Commits of the batch end with an
// error. The first batch after the reopening erases what they would have stored, in case the failed
// batch survived; settlements wait and are written by that same batch. Until it is synced, nothing
// is read, announced or accepted.
//
// A read that fails while the batch is filled does not end the handle: the settlement that needs it
// waits, and is tried again after a pause, as long as the store is open.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "queue/id_source.hpp"
#include "queue/recent_cache.hpp"
#include "queue/rocks/context.hpp"
#include "queue/rocks/requests.hpp"
#include "queue/rocks/settlement_writer.hpp"
#include "queue/rocks/space.hpp"
#include "queue/rocks/writes.hpp"
#include "queue/store.hpp"
#include "queue/totals.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue {

class committer {
public:
    // The place in `context` holds an open database, whose stored totals are `totals`. `recent` and
    // `ids` outlive the committer.
    committer(
        const queue::context& context,
        recent_cache& recent,
        id_source& ids,
        store_totals totals,
        bool wal_damaged
    );

    void start(delivery_listener listener);

    // Writes all waiting requests, completes them, closes the database. Later requests complete as
    // closed. True if the store was open until the end.
    bool stop();

    // Thread-safe.
    template <class Request>
    void submit(Request request);  // of requests.hpp
    store_state state() const noexcept { return state_.load(std::memory_order_acquire); }
    pressure memory() const noexcept { return memory_.load(std::memory_order_relaxed); }
    void set_memory(pressure level) noexcept { memory_ = level; }
    store_totals totals() const;
    bool wal_damaged() const noexcept { return wal_damaged_.load(std::memory_order_relaxed); }

    // While entries are being recovered, this remembers keys that settlements put: the scan would
    // find them although they were already announced.
    void recovery_started();
    bool announced_meanwhile(const std::string& entry) const;
    void recovery_ended();

private:
    // A commit whose write failed. Its records may be on the disk all the same.
    struct unconfirmed_commit {
        message_id id;
        std::uint32_t chunks = 0;
        std::uint64_t recipients = 0;
        std::uint64_t bytes = 0;
        std::vector<key> entries;
        std::vector<std::uint32_t> tried;  // recipients that have a state
        std::vector<std::string> names;    // keys
    };
    struct batch {
        std::vector<settle_request> settlements;
        std::vector<commit_request> commits;
        std::vector<discard_request> discards;
        std::vector<quarantine_request> quarantines;
        std::vector<remove_request> removals;
        std::vector<name_request> lookups;
        std::vector<remove_request::outcome> removed;  // the result of each
        std::vector<bool> applied;                     // which settlements had an effect
        std::vector<std::pair<std::string, std::string>>
            set_aside;                  // key and reason, for the observer
        std::vector<delivery> rebuilt;  // entries in place of damaged ones
        std::optional<message_id> ceiling;
        time_point now{};             // of the names that are put
        std::set<std::string> names;  // that are put
        store_totals totals;
    };

    void run();
    bool wait_for_work();
    void let_more_come(std::unique_lock<std::mutex>& lock) const;
    bool later_due(bool stopping) const;
    void put_off(requests unread, const rocksdb::Status& why);
    void watch_space();
    void refuse(errc why);

    void write_chunks(database& target);
    void finish_chunks(std::vector<append_request>& chunks, const rocksdb::Status& status);
    bool write_batch(database& target);
    void fill(const database& source, batch& next);
    void write_clock(const store_totals& totals);
    read_result<done> set_aside(const quarantine_request& damaged, time_point now, batch& next);
    rocksdb::Status fill_quarantines(batch& next, time_point now, requests& unread);
    rocksdb::Status fill_settlements(batch& next, time_point now, requests& unread);
    bool is_unconfirmed(message_id id) const;
    void fill_lookups(const database& source, batch& next) const;
    void fill_commits(const database& source, batch& next);
    result<void> names_are_new(const database& source, const submission& message, const batch& next)
        const;
    void fill_removals(batch& next);
    void remember(const batch& next);
    bool whole(const submission& message) const;
    rocksdb::Status erase_unconfirmed(const database& source, store_totals& totals);
    rocksdb::Status sync(database& target, std::size_t requests);
    void succeed(batch& done);
    void keep_and_announce(batch& done);
    void fail(batch& failed, const rocksdb::Status& why);

    void close_handle(const rocksdb::Status& why);
    void try_to_reopen();
    void complete_all();
    void set_state();

    const context context_;
    recent_cache& recent_;
    id_source& ids_;
    delivery_listener listener_;

    // Under the lock of `thread_`:
    requests inbox_;
    bool over_ = false;  // accepts no more requests
    store_totals published_;
    std::optional<std::set<std::string>> meanwhile_;

    std::atomic<store_state> state_{store_state::closed};
    std::atomic<pressure> memory_{pressure::none};
    std::atomic<bool> wal_damaged_{false};

    // Of the thread:
    requests waiting_;
    requests later_;  // those that could not be read for the moment
    std::chrono::milliseconds later_pause_{};
    std::chrono::nanoseconds later_at_{};
    bool last_chance_ = false;  // the store is closing: nothing is put off any more
    writes writes_;
    settlement_writer settlement_writer_;
    outbox outbox_;
    store_totals totals_;
    std::unordered_map<message_id, std::uint32_t> open_bodies_;  // chunks written to this handle
    std::vector<unconfirmed_commit> unconfirmed_;
    space_watch space_;
    reserve_file reserve_;
    std::optional<std::chrono::nanoseconds> space_checked_;
    std::uint64_t free_bytes_ = 0;
    time_point clock_written_{};
    compaction compaction_ = compaction::on;
    std::chrono::milliseconds reopen_pause_{};
    std::chrono::nanoseconds reopen_at_{};

    base::worker_threads thread_;
};

}  // namespace kurir::queue
