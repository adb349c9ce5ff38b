#include "queue/rocks/format.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <memory>
#include <string_view>
#include <vector>

#include "queue/codec.hpp"
#include "queue/rocks/rocks_log.hpp"

namespace kurir::queue {

namespace {

std::string judge(std::string_view record) {
    const auto format = decode_numbers(record, 1);
    if (!format) return "the record of its format is damaged";
    if (format->front() <= format_version) return {};
    return "it is of format " + std::to_string(format->front()) +
           ", and this version knows formats up to " + std::to_string(format_version);
}

}  // namespace

std::string foreign_format(const store_options& options) {
    rocksdb::DBOptions db;
    std::unique_ptr<rocksdb::Env> env;
    if (options.file_system) {
        env = rocksdb::NewCompositeEnv(options.file_system);
        db.env = env.get();
    }
    db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    // As it is opened later: else RocksDB would stop tracking the logs, which it can't note down
    // here, and an assertion ends the process.
    db.track_and_verify_wals_in_manifest = true;
    db.max_open_files = 16;
    db.max_file_opening_threads = 1;  // as in database.cpp
    db.info_log = make_rocks_log(options);

    // From the log, too, only the numbers of the store are read into memory.
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    const auto path = (options.directory / "db").string();
    const auto name = std::string(family_names[static_cast<std::size_t>(family::meta)]);
    const auto status = rocksdb::DB::OpenForReadOnly(db, path, {{name, {}}}, &handles, &raw);
    if (!status.ok()) return {};
    const std::unique_ptr<rocksdb::DB> opened(raw);
    std::string record;
    const auto got = opened->Get({}, handles.front(), rocksdb::Slice(format_key), &record);
    const auto why = got.ok() ? judge(record) : std::string();
    opened->DestroyColumnFamilyHandle(handles.front());
    return why;
}

std::string foreign_format(const database& source) {
    rocksdb::PinnableSlice record;
    const auto status = source.get(family::meta, format_key, record);
    return status.IsNotFound() ? std::string() : judge(record.ToStringView());
}

}  // namespace kurir::queue
