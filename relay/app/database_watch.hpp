// What becomes of the connection to the queue's database: for the log, the metrics and /readyz.
#pragma once

#include <mutex>
#include <string>

#include "metrics/queue.hpp"
#include "metrics/store.hpp"
#include "queue/postgres/options.hpp"

namespace kurir::app {

class database_watch {
public:
    // Both must outlive it.
    database_watch(metrics::store& counts, metrics::queue& queue_counts)
        : counts_(counts), queue_counts_(queue_counts) {}

    // Which calls this object; it must outlive the store.
    queue::postgres::observer observer();

    // Why the database can't be reached; empty while it can.
    std::string trouble() const;

private:
    void set_trouble(std::string cause);
    void tell_of_replay(const queue::settlement& end, bool late);

    metrics::store& counts_;
    metrics::queue& queue_counts_;
    mutable std::mutex mutex_;
    std::string trouble_;  // under `mutex_`
};

}  // namespace kurir::app
