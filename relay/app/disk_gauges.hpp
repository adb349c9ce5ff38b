// How full the file system of the queue is.
#pragma once

#include <filesystem>

#include "metrics/store.hpp"

namespace kurir::app {

// Sets kurir_filesystem_*. Leaves them as they are if the file system can't be asked. Any thread.
void publish_disk(const std::filesystem::path& queue_dir, metrics::store& to);

}  // namespace kurir::app
