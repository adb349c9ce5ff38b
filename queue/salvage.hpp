// What is done about damaged files before RocksDB opens them, and when it can't: a damaged log is
// copied and mended, missing files are noticed, unreadable ones named.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "queue/message.hpp"

namespace kurir::queue {

// Copies every log of the database in `directory` to `quarantine/wal-<utc>/` and syncs the copies.
// Nothing if that failed: then the log must not be touched.
std::optional<std::filesystem::path> copy_logs(
    const std::filesystem::path& directory, time_point now
);

// Mends every damaged log of the database in `directory`, and counts them. Nothing if one could not
// be written.
std::optional<int> mend_logs(const std::filesystem::path& directory);

// What is missing in the database in `directory`, whatever the contents of its files.
enum class missing : std::uint8_t {
    nothing,  // also if there is no database yet
    current,  // CURRENT: RocksDB would take the place for empty, and delete what is there
    logs,     // the log, which there always is once a database has been opened
};
missing missing_file(const std::filesystem::path& directory);

// The tables of the database in `directory` that can't be read, by name.
std::vector<std::string> unreadable_tables(const std::filesystem::path& directory);

// Writes what is in the file's pages, or the directory's entries, to the disk.
bool sync_path(const std::filesystem::path& path);

}  // namespace kurir::queue
