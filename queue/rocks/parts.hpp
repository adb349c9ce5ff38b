// The parts of the store on the local disk, and how they are connected. Only for `rocks_store`.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "queue/id_source.hpp"
#include "queue/recent_cache.hpp"
#include "queue/rocks/bulk.hpp"
#include "queue/rocks/committer.hpp"
#include "queue/rocks/database.hpp"
#include "queue/rocks/lock.hpp"
#include "queue/rocks/readers.hpp"
#include "queue/rocks/reclaim.hpp"
#include "queue/rocks/recovery.hpp"
#include "queue/rocks/rocks_store.hpp"
#include "queue/rocks/start_records.hpp"

namespace kurir::queue {

struct rocks_store::parts {
    parts(
        store_options&& given,
        metrics::store& of_store,
        metrics::queue& of_queue,
        store_observer&& told
    );

    // Opens the queue and connects the parts; or says in `why_not` why that can't be, for people.
    bool prepare(std::string& why_not);

    // The sizes of the database, as metrics.
    void publish_sizes() const;

    const store_options options;
    metrics::store& counts;
    metrics::queue& queue_counts;
    const store_observer observer;

    directory_lock lock;
    database_place place;
    recent_cache recent;
    bool wal_damaged = false;
    std::optional<id_source> ids;
    std::optional<committer> writer;
    std::optional<queue::readers> readers;
    std::optional<queue::recovery> recovery;
    std::optional<queue::bulk> orders;
    std::optional<queue::reclaim> reclaim;
    change_listener changes;
    delivery_listener listener;
    bool started = false;
    bool closed = false;

private:
    bool read_records(start_records& records, std::string& why_not);
    rocksdb::Status write_records(message_id ceiling, const store_totals& totals, time_point now);
    bool begin(std::string& why_not);
};

}  // namespace kurir::queue
