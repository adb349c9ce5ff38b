// Opens the queue where the configuration says it is: in the queue folder, or in a database.
//
// The folder belongs to one process in either case: it has the operators' socket and the
// files of quotas and suppressions.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "metrics/metrics.hpp"
#include "queue/rocks/lock.hpp"
#include "queue/shared_store.hpp"
#include "queue/store.hpp"
#include "relay/app/database_watch.hpp"
#include "relay/app/memory_limit.hpp"
#include "relay/app/opening_progress.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

struct opened_queue {
    std::unique_ptr<queue::owned_store> store;  // null: why not was logged
    queue::shared_store* shared = nullptr;      // the same, of a queue that others share
    std::string node = {};                      // what people know this owner of it by
    queue::directory_lock folder = {};          // of a queue in a database; else the store has it
};

// Blocks: `progress` hears what it is about. `recovered` is called when all that was in the queue
// is known, perhaps at once, on any thread. All references must outlive the store.
opened_queue open_queue(
    const config::config& config,
    const memory_plan& memory,
    metrics::all& metrics,
    database_watch& database,
    opening_progress& progress,
    std::function<void()> recovered
);

}  // namespace kurir::app
