// How full the file system of the queue is.
#pragma once

#include <cstdint>
#include <filesystem>

#include "metrics/store.hpp"

namespace kurir::app {

// Sets kurir_filesystem_*, the limit being `min_free`. Leaves them as they are if the file system
// can't be asked. Any thread.
void publish_disk(
    const std::filesystem::path& queue_dir, std::uint64_t min_free, metrics::store& metrics
);

}  // namespace kurir::app
