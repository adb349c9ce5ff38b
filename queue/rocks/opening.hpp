// From a folder to its open database: the folder and its lock are taken, what is on disk is looked
// at, a damaged log is salvaged.
#pragma once

#include <memory>
#include <string>

#include "metrics/store.hpp"
#include "queue/rocks/database.hpp"
#include "queue/rocks/lock.hpp"
#include "queue/rocks/options.hpp"

namespace kurir::queue {

// The folder of a queue that no other process has: for files beside the queue, too.
struct taken_folder {
    directory_lock lock;
    std::string why_not;  // for people; empty: it is taken
};

// Creates the folder if it does not exist, and waits for another process that has it, as long as
// the options say.
taken_folder take_queue_folder(const store_options& options, const store_observer& observer);

struct opened_folder {
    directory_lock lock;
    std::unique_ptr<database> handle;  // null: `why_not` says why, for people
    bool wal_damaged = false;
    std::string why_not;
};

opened_folder open_folder(
    const store_options& options, const store_observer& observer, metrics::store& counts
);

}  // namespace kurir::queue
