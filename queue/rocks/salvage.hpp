// Handles damaged files before RocksDB opens them, or when it can't: copies and repairs a damaged
// log, notices missing files, names unreadable ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "queue/message.hpp"

namespace kurir::queue {

// Copies every log of the database in `directory` to `quarantine/wal-<utc>/` and syncs the copies.
// Nothing if that failed: then do not touch the log.
std::optional<std::filesystem::path> copy_logs(
    const std::filesystem::path& directory, time_point now
);

// Repairs every damaged log of the database in `directory`, and counts them. Nothing if one could
// not be written.
std::optional<int> mend_logs(const std::filesystem::path& directory);

// Which file is missing in the database in `directory`, whatever the others contain.
enum class missing : std::uint8_t {
    nothing,  // also if there is no database yet
    current,  // CURRENT: RocksDB would think the directory empty, and delete its files
    logs,     // the log, which always exists after a database has been opened
};
missing missing_file(const std::filesystem::path& directory);

// The tables of the database in `directory` that can't be read, by name.
std::vector<std::string> unreadable_tables(const std::filesystem::path& directory);

// Syncs the file's data, or the directory's entries, to the disk.
bool sync_path(const std::filesystem::path& path);

}  // namespace kurir::queue
