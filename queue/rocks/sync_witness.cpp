#include "queue/rocks/sync_witness.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace kurir::queue {

namespace {

constexpr off_t size_max = 1 << 16;  // bounds copies of the folder that fill holes

}  // namespace

sync_witness::sync_witness(std::filesystem::path file) : path_(std::move(file)) {}

sync_witness::~sync_witness() {
    if (file_ >= 0) ::close(file_);
}

void sync_witness::open() {
    struct statfs disk{};
    if (::statfs(path_.parent_path().c_str(), &disk) != 0) return;
    if (disk.f_type != EXT4_SUPER_MAGIC) return;
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
}

std::error_code sync_witness::doubt() {
    if (!std::exchange(asked_, true)) open();
    if (file_ < 0) return {};
    size_ = size_ == size_max ? 0 : size_ + 1;
    if (::ftruncate(file_, size_) == 0) return {};
    // Other errors concern only this file.
    if (errno != EROFS && errno != EIO) return {};
    return {errno, std::generic_category()};
}

}  // namespace kurir::queue
