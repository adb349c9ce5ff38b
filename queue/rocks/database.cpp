#include "queue/rocks/database.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <system_error>
#include <utility>
#include <vector>

#include "queue/codec.hpp"
#include "queue/crc32c.hpp"
#include "queue/rocks/keys.hpp"
#include "queue/rocks/rocks_log.hpp"
#include "queue/rocks/salvage.hpp"

namespace kurir::queue {

namespace {

// queue/README.md has the figures behind these settings.
constexpr std::uint64_t wal_max = 128ULL << 20;  // a quiet family pins old logs: flush it then

using cache_pointer = std::shared_ptr<rocksdb::Cache>;

rocksdb::DBOptions database_options(
    bool salvaging, std::size_t memtables, const cache_pointer& cache
) {
    rocksdb::DBOptions db;
    db.create_if_missing = true;
    db.create_missing_column_families = true;

    // Tolerates a log that ends within a record, as after a power cut, and refuses any other
    // damage.
    using mode = rocksdb::WALRecoveryMode;
    db.wal_recovery_mode =
        salvaging ? mode::kSkipAnyCorruptedRecords : mode::kTolerateCorruptedTailRecords;
    db.track_and_verify_wals_in_manifest = !salvaging;
    db.recycle_log_file_num = 0;
    db.manual_wal_flush = false;
    db.avoid_flush_during_recovery =
        false;  // records that were read from a log must not depend on it further
    db.paranoid_checks = true;
    db.max_total_wal_size = wal_max;

    // One thread writes: nothing to coordinate.
    db.allow_concurrent_memtable_write = false;
    db.enable_write_thread_adaptive_yield = false;
    // One flush and one compaction at a time: on two processors more would delay the sync.
    db.max_background_jobs = 2;
    // Tables go to the disk while they are written, so that no burst of dirty pages meets a sync.
    db.bytes_per_sync = 1ULL << 20;

    db.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(memtables, cache);

    db.max_open_files = 256;
    // RocksDB ends the process if it gets no thread for this, also when the store is reopened.
    db.max_file_opening_threads = 1;
    db.stats_dump_period_sec = 0;
    db.stats_persist_period_sec = 0;
    return db;
}

rocksdb::ColumnFamilyOptions family_options(
    family column, std::size_t memtables, const cache_pointer& cache, compaction mode
) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.format_version = 5;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.cache_index_and_filter_blocks = true;

    rocksdb::ColumnFamilyOptions options;
    options.compression = rocksdb::kNoCompression;  // most mail never reaches a table
    options.write_buffer_size = column == family::body ? memtables / 2 : memtables / 4;
    options.max_write_buffer_number = 3;
    options.disable_auto_compactions = mode == compaction::off;
    options.target_file_size_base = 32ULL << 20;
    // Mail passes through: little of it stays, and a stall would delay acknowledgements.
    options.level0_slowdown_writes_trigger = 40;
    options.level0_stop_writes_trigger = 80;
    options.soft_pending_compaction_bytes_limit = 0;
    options.hard_pending_compaction_bytes_limit = 0;
    // Ids and times ascend: most keys belong right behind the one before. RocksDB has one hint for
    // keys and for ranges that are deleted, and fails if it takes that of the others: names, which
    // are deleted as ranges, come without.
    if (column != family::meta) {
        options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(1)
        );
    }
    if (column == family::body) {
        // Compaction moves keys, not bodies, and a file whose bodies have gone is deleted whole.
        options.enable_blob_files = true;
        options.min_blob_size = 512;
        options.blob_file_size = 64ULL << 20;
        options.enable_blob_garbage_collection = true;
        options.blob_garbage_collection_age_cutoff = 0.5;
        options.blob_garbage_collection_force_threshold = 0.5;
    }
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

}  // namespace

bool is_passing(const rocksdb::Status& status) noexcept {
    return !status.ok() && !status.IsNotFound() && !status.IsCorruption() &&
           !status.IsPathNotFound();
}

opened_database database::open(
    const store_options& options, const store_observer& observer, compaction mode
) {
    const auto path = (options.directory / "db").string();
    const auto attempt = [&](bool salvaging) {
        opened_database result;
        std::unique_ptr<database> made(new database);
        made->compacts_ = mode == compaction::on;
        const auto cache = rocksdb::NewLRUCache(options.memtables + options.memtables / 4);
        auto db = database_options(salvaging, options.memtables, cache);
        db.info_log = make_rocks_log(options);
        if (options.file_system) {
            made->env_ = rocksdb::NewCompositeEnv(options.file_system);
            db.env = made->env_.get();
        }
        std::vector<rocksdb::ColumnFamilyDescriptor> families;
        for (std::size_t i = 0; i < family_names.size(); ++i) {
            families.emplace_back(
                family_names[i],
                family_options(static_cast<family>(i), options.memtables, cache, mode)
            );
        }
        std::vector<rocksdb::ColumnFamilyHandle*> handles;
        rocksdb::DB* raw = nullptr;
        result.status = rocksdb::DB::Open(db, path, families, &handles, &raw);
        if (!result.status.ok()) return result;
        made->db_.reset(raw);
        for (std::size_t i = 0; i < handles.size(); ++i)
            made->families_[i] = handles[i];
        result.handle = std::move(made);
        return result;
    };

    const auto lacks = missing_file(options.directory);
    if (lacks == missing::current) {
        opened_database refused;
        refused.status = rocksdb::Status::Corruption("there is no CURRENT in " + path);
        return refused;
    }
    auto first = attempt(false);
    if (first.handle && lacks == missing::logs) {
        first.wal_damaged = true;
        observer.on_wal_damage("", "there was no log in " + path);
    }
    if (!first.status.IsCorruption()) return first;
    const auto copy =
        copy_logs(options.directory, options.calendar ? options.calendar() : options.now());
    const auto mended = copy ? mend_logs(options.directory) : std::nullopt;
    if (!mended) return first;
    auto second = attempt(true);
    if (!second.handle) {
        // The log was not the cause. Without this, each restart would leave another copy.
        std::error_code ignored;
        if (*mended == 0) std::filesystem::remove_all(*copy, ignored);
        return second;
    }
    second.wal_damaged = true;
    observer.on_wal_damage(copy->string(), first.status.ToString());
    return second;
}

database::~database() {
    for (auto* each : families_) {
        if (each != nullptr) db_->DestroyColumnFamilyHandle(each);
    }
}

rocksdb::Status database::get(family column, std::string_view key, rocksdb::PinnableSlice& value)
    const {
    value.Reset();
    return db_->Get({}, handle_of(column), {key.data(), key.size()}, &value);
}

std::unique_ptr<rocksdb::Iterator> database::scan(family column) const {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, handle_of(column)));
}

rocksdb::Status database::totals(store_totals& totals) const {
    rocksdb::PinnableSlice record;
    auto status = get(family::meta, totals_key, record);
    if (is_passing(status)) return status;
    const auto sums = status.ok() ? decode_numbers(record.ToStringView(), 3) : std::nullopt;
    if (!sums) return recount(totals);
    totals = {.messages = (*sums)[0], .recipients = (*sums)[1], .bytes = (*sums)[2]};
    return {};
}

rocksdb::Status database::recount(store_totals& totals) const {
    store_totals sum;
    const auto envelopes = scan(family::envelope);
    for (envelopes->SeekToFirst(); envelopes->Valid(); envelopes->Next()) {
        ++sum.messages;
        const auto id = parse_id(envelopes->key().ToStringView());
        if (!id) continue;
        const auto mail = decode_envelope(*id, envelopes->value().ToStringView());
        if (!mail) continue;
        sum.recipients += mail->recipients.size();
        sum.bytes += mail->size;
    }
    if (is_passing(envelopes->status())) return envelopes->status();
    const auto recipients = scan(family::recipient);
    for (recipients->SeekToFirst(); recipients->Valid(); recipients->Next()) {
        const auto key = recipients->key().ToStringView();
        const auto id = parse_id(key);
        if (!id) continue;
        const auto record =
            decode_recipient(*id, parse_index(key), recipients->value().ToStringView());
        if (record && record->finished && sum.recipients > 0) --sum.recipients;
    }
    if (is_passing(recipients->status())) return recipients->status();
    totals = sum;
    return {};
}

void database_place::replace(std::unique_ptr<database> successor) {
    std::unique_ptr<database> old;
    {
        hurry_ = true;
        const std::unique_lock lock(mutex_);
        hurry_ = false;
        old = std::exchange(current_, std::move(successor));
    }
    // The old database is closed here, when nobody uses it. Until then RocksDB locks its directory.
}

}  // namespace kurir::queue

// RocksDB's checksum of log records and table blocks, by the same library.
//
// Debian builds RocksDB for any amd64 processor, and so without the processor's instruction: its
// table took 22 % of all instructions that a message of 64 KiB costs, 7 % with 4 KiB. RocksDB calls
// the function by name, and a program's definition goes before a library's. A RocksDB that computes
// its checksum in another way would not call this any more, and lose nothing.
namespace rocksdb::crc32c {

// Declared in RocksDB's util/crc32c.h, which is not installed.
// NOLINTBEGIN(readability-identifier-naming): RocksDB's name
std::uint32_t Extend(std::uint32_t before, const char* data, std::size_t size);

std::uint32_t Extend(std::uint32_t before, const char* data, std::size_t size) {
    return kurir::queue::crc32c({data, size}, before);
}
// NOLINTEND(readability-identifier-naming)

}  // namespace rocksdb::crc32c
