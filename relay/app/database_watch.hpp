// What becomes of the connection to the queue's database: for the log, the metrics and /readyz.
#pragma once

#include <mutex>
#include <string>

#include "metrics/store.hpp"
#include "queue/postgres/options.hpp"

namespace kurir::app {

class database_watch {
public:
    // `counts` must outlive it.
    explicit database_watch(metrics::store& counts) : counts_(counts) {}

    // Which calls this object; it must outlive the store.
    queue::postgres::observer observer();

    // Why the database can't be reached; empty while it can.
    std::string trouble() const;

private:
    void set_trouble(std::string cause);

    metrics::store& counts_;
    mutable std::mutex mutex_;
    std::string trouble_;  // under `mutex_`
};

}  // namespace kurir::app
