// Looks now and then at what is in the whole queue, and tells the observer.
#pragma once

#include <chrono>

#include "queue/postgres/connection.hpp"
#include "queue/postgres/options.hpp"
#include "queue/shared_sums.hpp"

namespace kurir::queue::postgres {

class sum_look {
public:
    using time_point = std::chrono::steady_clock::time_point;

    // It must outlive this.
    explicit sum_look(const options& settings) : settings_(settings) {}

    // Asks for what has not been asked for long enough, and after a failure no sooner. By one
    // thread.
    answer<void> look(connection& database, const store_totals& totals, time_point now);

private:
    answer<void> look_at_ages(connection& database);

    const options& settings_;
    shared_sums sums_;
    time_point looked_at_{};
    time_point aged_at_{};
};

}  // namespace kurir::queue::postgres
