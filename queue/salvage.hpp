// Keeps a copy of a damaged log before RocksDB recovers what it can and deletes the rest.
#pragma once

#include <filesystem>
#include <optional>

#include "queue/message.hpp"

namespace kurir::queue {

// Copies every log of the database in `directory` to `quarantine/wal-<utc>/` and syncs the copies.
// Nothing if that failed: then the log must not be touched.
std::optional<std::filesystem::path> copy_logs(
    const std::filesystem::path& directory, time_point now
);

// Writes what is in the file's pages, or the directory's entries, to the disk.
bool sync_path(const std::filesystem::path& path);

}  // namespace kurir::queue
