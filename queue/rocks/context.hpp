// What all parts of the store share.
#pragma once

#include "metrics/queue.hpp"
#include "metrics/store.hpp"
#include "queue/rocks/database.hpp"
#include "queue/rocks/options.hpp"

namespace kurir::queue {

// Everything here outlives the parts.
struct context {
    const store_options& options;
    const store_observer& observer;
    metrics::store& counts;
    metrics::queue& queue_counts;
    database_place& place;
};

}  // namespace kurir::queue
