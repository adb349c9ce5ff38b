#include "relay/app/disk_check.hpp"

#include <sys/statvfs.h>

#include <cstdint>

#include "relay/log/log.hpp"

namespace kurir::app {

void check_disk(const config::config& config) {
    struct statvfs disk = {};
    if (statvfs(config.queue_dir.c_str(), &disk) != 0) return;
    const std::uint64_t size = std::uint64_t{disk.f_blocks} * disk.f_frsize;
    if (size >= config.queue_min_free) return;
    log::event(log::level::error, "lifecycle")
        .with("what", "disk_too_small")
        .with("queue_dir", config.queue_dir.string())
        .with("size_bytes", size)
        .with("setting", "KURIR_QUEUE_MIN_FREE")
        .with("wanted_bytes", config.queue_min_free)
        .with("advice", "no mail is accepted: use a larger disk, or lower KURIR_QUEUE_MIN_FREE");
}

}  // namespace kurir::app
