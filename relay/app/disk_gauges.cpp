#include "relay/app/disk_gauges.hpp"

#include <sys/statvfs.h>

namespace kurir::app {

void publish_disk(
    const std::filesystem::path& queue_dir, std::uint64_t min_free, metrics::store& to
) {
    const auto path = metrics::filesystem_path::queue;
    to.filesystem_min_free_bytes(path).set(static_cast<double>(min_free));
    struct statvfs disk = {};
    if (statvfs(queue_dir.c_str(), &disk) != 0) return;
    const auto block = static_cast<double>(disk.f_frsize);
    to.filesystem_free_bytes(path).set(block * static_cast<double>(disk.f_bavail));
    to.filesystem_size_bytes(path).set(block * static_cast<double>(disk.f_blocks));
    to.filesystem_free_inodes(path).set(static_cast<double>(disk.f_favail));
}

}  // namespace kurir::app
