// The files of the store of the tests' own relay: they pass failpoints, and can lose what was not
// synced.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>

namespace tests {

// Failpoints <kind>_written (before a sync), <kind>_synced, <kind>_renamed and <kind>_deleted,
// where the kind is log, table, manifest or file.
std::shared_ptr<rocksdb::FileSystem> watched_files();

// What a power cut does: every file loses what was not synced of it, and the process ends at once.
[[noreturn]] void cut_power();

}  // namespace tests
