// The one thread of an owner that writes: group commit, and what happens when the database is gone.
//
// Requests wait in a queue. The thread takes all that wait, writes them in one transaction, tells
// the listener of the deliveries that it claimed, and completes the requests together.
//
// When the connection ends in the middle, nobody knows whether the transaction took effect. Each
// has a name, and its row in `written` is part of it: the thread connects again and asks for it,
// in a way that keeps a transaction that is still under way from being written later. Until that
// is known nobody gets an answer, for `doubt_max` at most: then clients are refused, and if it
// turns out that their messages were written, they are removed again. Settlements wait as long as
// it takes.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/postgres/batches.hpp"
#include "queue/postgres/doubt.hpp"
#include "queue/postgres/id_blocks.hpp"
#include "queue/postgres/options.hpp"
#include "queue/postgres/requests.hpp"
#include "queue/postgres/result_journal.hpp"
#include "queue/postgres/transaction.hpp"
#include "queue/recent_cache.hpp"
#include "queue/store.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue::postgres {

class writer {
public:
    // All must outlive it.
    writer(
        const options& settings,
        const claimant& self,
        recent_cache& recent,
        id_blocks& ids,
        result_journal& journal
    );

    void start(std::unique_ptr<connection> database, delivery_listener listener);

    // Writes what waits, if the database answers; completes everything; gives up all claims.
    // `released`: false leaves the claims to their leases, as a process that is killed does.
    void stop(bool released = true);

    // Thread-safe.
    template <class Request>
    void submit(Request request);
    store_state state() const noexcept;
    // Whether the database is, as opposed to this process.
    bool database_is_full() const noexcept { return state_ == store_state::full; }
    void set_memory(pressure level) noexcept { memory_ = level; }
    store_totals totals() const;
    void set_totals(const store_totals& sums);
    // Finds out soon whether the database is still there, even if there is nothing to write.
    void check();

private:
    using time = std::chrono::steady_clock::time_point;

    void run();
    bool wait_for_work();
    void write_waiting();
    bool write(requests work);
    bool write_one_by_one(requests work, const sql_error& cause);
    void succeed(requests& work, const std::string& batch, verdicts& outcome);
    void announce(const verdicts& outcome);
    void remember(const requests& work, const verdicts& outcome);
    void count_enqueued(const requests& work, const verdicts& outcome);
    void give_up(requests& work, errc reason);
    bool pause_mail(requests work, const sql_error& cause);

    void disconnected(const std::string& cause);
    void pause_before_connecting();
    bool connect();
    answer<void> look_for_last(connection& database);
    void refuse_doubtful(bool all);
    bool resolve();
    bool put_off(const sql_error& cause);
    void complete_all();
    void set_state();
    bool is_alive();

    const options& settings_;
    const claimant& self_;
    recent_cache& recent_;
    id_blocks& ids_;
    result_journal& journal_;
    const std::function<std::uint64_t()> name_ = [this] { return ids_.next().value(); };
    delivery_listener listener_;

    // Under the lock of `thread_`:
    requests inbox_;
    bool over_ = false;
    bool in_question_ = false;  // whether the connection is alive
    store_totals totals_;

    std::atomic<store_state> state_{store_state::closed};
    std::atomic<pressure> memory_{pressure::none};
    std::atomic<bool> released_{true};

    // Of the thread:
    std::unique_ptr<connection> database_;
    requests waiting_;
    requests later_;  // ends of attempts that the database refused
    time later_at_{};
    std::deque<doubt> doubts_;
    batches batches_;
    std::optional<time> doubted_since_;  // nothing was written since
    outbox outbox_;
    time paused_until_{};
    store_state paused_as_ = store_state::open;
    time connect_at_{};
    std::chrono::milliseconds connect_pause_{};

    base::worker_threads thread_;
};

}  // namespace kurir::queue::postgres
