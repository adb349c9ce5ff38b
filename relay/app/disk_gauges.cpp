#include "relay/app/disk_gauges.hpp"

#include <sys/statvfs.h>

namespace kurir::app {

void publish_disk(const std::filesystem::path& queue_dir, metrics::store& to) {
    struct statvfs disk = {};
    if (statvfs(queue_dir.c_str(), &disk) != 0) return;
    const auto path = metrics::filesystem_path::queue;
    const auto block = static_cast<double>(disk.f_frsize);
    to.filesystem_free_bytes(path).set(block * static_cast<double>(disk.f_bavail));
    to.filesystem_size_bytes(path).set(block * static_cast<double>(disk.f_blocks));
    to.filesystem_free_inodes(path).set(static_cast<double>(disk.f_favail));
}

}  // namespace kurir::app
