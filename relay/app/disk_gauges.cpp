#include "relay/app/disk_gauges.hpp"

#include <sys/statvfs.h>

#include <algorithm>

#include "queue/rocks/options.hpp"
#include "queue/rocks/space.hpp"

namespace kurir::app {

void publish_disk(
    const std::filesystem::path& queue_dir, std::uint64_t min_free, metrics::store& metrics
) {
    const auto path = metrics::filesystem_path::queue;
    struct statvfs disk = {};
    if (statvfs(queue_dir.c_str(), &disk) != 0) return;
    const auto block = static_cast<double>(disk.f_frsize);
    const auto kept = queue::reserve_on(
        std::uint64_t{disk.f_blocks} * disk.f_frsize, queue::store_options().reserve
    );
    metrics.filesystem_min_free_bytes(path).set(static_cast<double>(std::max(min_free, kept)));
    metrics.filesystem_free_bytes(path).set(block * static_cast<double>(disk.f_bavail));
    metrics.filesystem_size_bytes(path).set(block * static_cast<double>(disk.f_blocks));
    metrics.filesystem_free_inodes(path).set(static_cast<double>(disk.f_favail));
}

}  // namespace kurir::app
