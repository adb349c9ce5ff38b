#include "queue/rocks/space.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <limits>
#include <system_error>
#include <utility>

namespace kurir::queue {

std::uint64_t reserve_on(std::uint64_t disk_size, std::uint64_t wanted) noexcept {
    return std::min(wanted, disk_size / 4);
}

bool space_watch::measured(std::uint64_t free_bytes, bool has_reserve) noexcept {
    auto enough = low_ ? least_ + least_ / 5 : least_;
    if (!has_reserve) enough += reserve_;
    const bool low = free_bytes < enough;
    return std::exchange(low_, low) != low;
}

bool space_watch::is_plenty(std::uint64_t free_bytes) const noexcept {
    constexpr std::uint64_t written_soon = 1ULL << 30;
    return free_bytes > 2 * (least_ + reserve_) + written_soon;
}

bool space_watch::ran_out() noexcept {
    return !std::exchange(low_, true);
}

reserve_file::reserve_file(std::filesystem::path path, std::uint64_t size)
    : path_(std::move(path)), size_(size) {}

void reserve_file::create(std::uint64_t free_bytes, std::uint64_t spare) {
    if (is_there() || free_bytes < size_ + spare) return;
    const int file =
        ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (file < 0) return;
    const bool made = ::posix_fallocate(file, 0, static_cast<off_t>(size_)) == 0;
    ::close(file);
    if (!made) give_up();
}

bool reserve_file::is_there() const {
    std::error_code ignored;
    return size_ == 0 || std::filesystem::file_size(path_, ignored) == size_;
}

void reserve_file::give_up() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

std::uint64_t free_space(const std::filesystem::path& directory) {
    struct statvfs disk{};
    // A disk that does not answer does not count as full: its writes will report the error.
    if (::statvfs(directory.c_str(), &disk) != 0) return std::numeric_limits<std::uint64_t>::max();
    return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

std::uint64_t bytes_on_disk(const std::filesystem::path& directory) {
    constexpr std::uint64_t block = 512;  // of st_blocks, on every file system
    std::uint64_t bytes = 0;
    std::error_code ec;
    std::filesystem::recursive_directory_iterator each(directory, ec);
    for (const decltype(each) end; !ec && each != end; each.increment(ec)) {
        struct stat file{};
        if (::lstat(each->path().c_str(), &file) != 0) continue;  // removed meanwhile
        bytes += static_cast<std::uint64_t>(file.st_blocks) * block;
    }
    return bytes;
}

std::uint64_t disk_size(const std::filesystem::path& directory) {
    struct statvfs disk{};
    if (::statvfs(directory.c_str(), &disk) != 0) return std::numeric_limits<std::uint64_t>::max();
    return std::uint64_t{disk.f_blocks} * disk.f_frsize;
}

}  // namespace kurir::queue
