#include "relay/app/key_exposure.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <filesystem>
#include <system_error>

namespace kurir::app {

namespace {

bool is_mount(const std::string& path) {
    struct ::statx seen{};
    if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BASIC_STATS, &seen) != 0) return false;
    return (seen.stx_attributes_mask & seen.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool is_in_memory(int descriptor) {
    struct ::statfs seen{};
    if (::fstatfs(descriptor, &seen) != 0) return false;
    return seen.f_type == TMPFS_MAGIC || seen.f_type == RAMFS_MAGIC;
}

// Of /tmp, say.
bool everybody_writes(const std::filesystem::path& folder) {
    struct ::stat seen{};
    return ::stat(folder.c_str(), &seen) != 0 || (seen.st_mode & S_IWOTH) != 0;
}

// The folder that the file system of `path` is mounted on.
std::filesystem::path mount_of(const std::string& path) {
    std::error_code failed;
    auto folder = std::filesystem::canonical(path, failed).parent_path();
    while (folder.has_relative_path() && !is_mount(folder))
        folder = folder.parent_path();
    return folder;
}

}  // namespace

file_standing standing_of(int descriptor, const std::string& path) {
    struct ::stat seen{};
    ::fstat(descriptor, &seen);
    const bool alone = is_mount(path);
    const bool secret = alone || (is_in_memory(descriptor) && !everybody_writes(mount_of(path)));
    return {.mode = seen.st_mode, .owner = seen.st_uid, .mounted_secret = secret};
}

}  // namespace kurir::app
