// The store below the queue, and its disk.
#pragma once

#include "metrics/instrument.hpp"

namespace kurir::metrics {

struct store {
    explicit store(registry& target);

    histogram_by<store_op> store_operation_duration_seconds;
    histogram store_sync_duration_seconds;
    histogram store_sync_batch_size;
    counter_by<store_op> store_errors_total;
    counter_by<reopen_cause> store_reopens_total;
    counter store_wal_damage_total;

    gauge store_claiming;
    gauge store_connected;
    gauge store_nodes;
    counter store_exchanges_total;
    counter store_disconnects_total;
    counter_by<batch_end> store_doubtful_batches_total;
    counter store_rollbacks_total;
    counter store_replayed_results_total;

    gauge store_size_bytes;
    gauge store_memtable_bytes;
    gauge store_pending_compaction_bytes;
    gauge store_block_cache_bytes;
    gauge store_background_errors;
    gauge store_write_stopped;
    gauge store_delayed_write_bytes_per_second;

    gauge_by<filesystem_path> filesystem_free_bytes;
    gauge_by<filesystem_path> filesystem_size_bytes;
    gauge_by<filesystem_path> filesystem_free_inodes;
    gauge_by<filesystem_path> filesystem_min_free_bytes;
    gauge_by<shed_reason> load_shedding;
};

}  // namespace kurir::metrics
