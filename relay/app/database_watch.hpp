// What becomes of the connection to the queue's database: for the log, the metrics and /readyz.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "metrics/queue.hpp"
#include "metrics/shared_queue.hpp"
#include "metrics/store.hpp"
#include "queue/postgres/options.hpp"

namespace kurir::app {

class database_watch {
public:
    // All must outlive it.
    database_watch(
        metrics::store& counts, metrics::queue& queue_counts, metrics::shared_queue& shared_counts
    )
        : counts_(counts), queue_counts_(queue_counts), shared_counts_(shared_counts) {}

    // Which calls this object; it must outlive the store.
    queue::postgres::observer observer();

    // Before the store is open: the database is waited for, for so long at most. And it is there.
    void awaits(const std::string& cause, std::chrono::milliseconds most);
    void arrives();

    // Why the store takes no mail, such as "can't be reached: …" after "the database"; empty while
    // it does.
    std::string trouble() const { return trouble_.get(); }
    // The same where the database has no room.
    std::string room_trouble() const { return room_trouble_.get(); }
    // Why claims can't be made or renewed, which takes a connection of its own; empty while they
    // can.
    std::string claims_trouble() const { return claims_trouble_.get(); }
    // Why ends of attempts can't be written to the local disk while the database does not answer;
    // empty while they can, or need not.
    std::string journal_trouble() const { return journal_trouble_.get(); }

private:
    // Set by threads of the store, read by others.
    class cause {
    public:
        std::string get() const {
            const std::lock_guard lock(mutex_);
            return text_;
        }
        void set(std::string text) {
            const std::lock_guard lock(mutex_);
            text_ = std::move(text);
        }

    private:
        mutable std::mutex mutex_;
        std::string text_;
    };

    void add_counts(queue::postgres::observer& observer);
    void add_damage(queue::postgres::observer& observer);
    void add_journal(queue::postgres::observer& observer);
    void set_unreachable(std::string_view cause);
    void publish(const queue::shared_sums& sums) const;
    void tell_of_replay(const queue::settlement& end, bool late);

    metrics::store& counts_;
    metrics::queue& queue_counts_;
    metrics::shared_queue& shared_counts_;
    cause trouble_;
    cause room_trouble_;
    cause claims_trouble_;
    cause journal_trouble_;
};

}  // namespace kurir::app
