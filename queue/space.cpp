#include "queue/space.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <limits>
#include <system_error>
#include <utility>

namespace kurir::queue {

bool space_watch::measured(std::uint64_t free_bytes) noexcept {
    const auto enough = low_ ? least_ + least_ / 5 : least_;
    const bool low = free_bytes < enough;
    return std::exchange(low_, low) != low;
}

bool space_watch::ran_out() noexcept {
    return !std::exchange(low_, true);
}

reserve_file::reserve_file(std::filesystem::path path, std::uint64_t size)
    : path_(std::move(path)), size_(size) {}

void reserve_file::create(std::uint64_t free_bytes, std::uint64_t spare) {
    std::error_code ignored;
    if (size_ == 0 || free_bytes < size_ + spare) return;
    if (std::filesystem::file_size(path_, ignored) == size_) return;
    const int file =
        ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (file < 0) return;
    const bool made = ::posix_fallocate(file, 0, static_cast<off_t>(size_)) == 0;
    ::close(file);
    if (!made) give_up();
}

void reserve_file::give_up() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

std::uint64_t free_space(const std::filesystem::path& directory) {
    struct statvfs disk{};
    // A disk that does not answer is not full: its writes will say what is wrong.
    if (::statvfs(directory.c_str(), &disk) != 0) return std::numeric_limits<std::uint64_t>::max();
    return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

}  // namespace kurir::queue
