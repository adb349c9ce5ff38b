#include "metrics/store.hpp"

namespace kurir::metrics {

store::store(registry& target)
    : store_operation_duration_seconds(
          target, {"store_operation_duration_seconds", "Time of calls to the store.", buckets::io}
      ),
      store_sync_duration_seconds(
          target, {"store_sync_duration_seconds", "Time of a batch and its sync.", buckets::io}
      ),
      store_sync_batch_size(
          target, {"store_sync_batch_size", "Requests that shared one sync.", buckets::batch}
      ),
      store_errors_total(target, {"store_errors_total", "Calls to the store that failed."}),
      store_reopens_total(
          target, {"store_reopens_total", "Times the store was closed and reopened, by cause."}
      ),
      store_wal_damage_total(
          target,
          {"store_wal_damage_total",
           "Times the write-ahead log was found damaged when the store was opened."}
      ),
      store_claiming(
          target,
          {"store_claiming",
           "1 while this relay can claim mail of a shared queue, or the queue is not shared; else "
           "0."}
      ),
      store_connected(
          target,
          {"store_connected",
           "1 while the queue's database can be reached, or the queue is on the local disk; else 0."
          }
      ),
      store_nodes(
          target,
          {"store_nodes",
           "Relays that share the queue and are alive, as this one knows; 1: there is no other."}
      ),
      store_exchanges_total(
          target,
          {"store_exchanges_total",
           "Times this relay told those that share the queue what clients sent, and heard theirs."}
      ),
      store_disconnects_total(
          target,
          {"store_disconnects_total", "Times the connection to the queue's database was lost."}
      ),
      store_doubtful_batches_total(
          target,
          {"store_doubtful_batches_total",
           "Batches whose COMMIT got no answer, by what the database told of them later."}
      ),
      store_rollbacks_total(
          target,
          {"store_rollbacks_total",
           "Times the queue's database had lost what it had acknowledged, as after a failover."}
      ),
      store_replayed_results_total(
          target,
          {"store_replayed_results_total",
           "Ends of attempts of an earlier process that the queue's database had not written."}
      ),
      store_size_bytes(
          target,
          {"store_size_bytes", "Bytes that everything in the queue folder takes on the disk."}
      ),
      store_memtable_bytes(target, {"store_memtable_bytes", "Bytes in the store's memtables."}),
      store_pending_compaction_bytes(
          target, {"store_pending_compaction_bytes", "Bytes that compaction has to rewrite."}
      ),
      store_block_cache_bytes(
          target, {"store_block_cache_bytes", "Bytes in the store's block cache."}
      ),
      store_background_errors(
          target, {"store_background_errors", "Errors of the store's background work."}
      ),
      store_write_stopped(
          target, {"store_write_stopped", "1 while the store accepts no writes, else 0."}
      ),
      store_delayed_write_bytes_per_second(
          target,
          {"store_delayed_write_bytes_per_second",
           "Rate to which the store limits writes; 0: no limit."}
      ),
      filesystem_free_bytes(
          target, {"filesystem_free_bytes", "Bytes that may still be written to the file system."}
      ),
      filesystem_size_bytes(target, {"filesystem_size_bytes", "Size of the file system."}),
      filesystem_free_inodes(
          target, {"filesystem_free_inodes", "Files that the file system can still hold."}
      ),
      filesystem_min_free_bytes(
          target,
          {"filesystem_min_free_bytes",
           "Free bytes below which new mail is refused (KURIR_QUEUE_MIN_FREE)."}
      ),
      load_shedding(
          target, {"load_shedding", "1 while new mail is refused for this reason, else 0."}
      ) {}

}  // namespace kurir::metrics
