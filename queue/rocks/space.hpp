// Disk space: when new mail is refused, and the reserve for removals (decision 7).
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>

namespace kurir::queue {

// The size of the reserve on a disk of this size. At least twice as much stays free.
std::uint64_t reserve_on(std::uint64_t disk_size, std::uint64_t wanted) noexcept;

// Decides when there is too little space for new mail: below `least`, and until there is 1.2 times
// as much. Whatever `least` is, space of the size of the reserve stays free for removals and for
// reopening the store, and as much again while the reserve's file does not exist. A write that
// found no room counts as too little space, whatever the file system says it has.
//
// Pure: the caller supplies what is free.
class space_watch {
public:
    explicit space_watch(std::uint64_t least, std::uint64_t reserve = 0)
        : least_(std::max(least, reserve)), reserve_(reserve) {}

    // True if the answer changed.
    bool measured(std::uint64_t free_bytes, bool has_reserve = true) noexcept;
    bool ran_out() noexcept;

    bool low() const noexcept { return low_; }

    // True if there is so much space that the answer can't change soon.
    bool is_plenty(std::uint64_t free_bytes) const noexcept;
    std::uint64_t least() const noexcept { return least_; }

private:
    std::uint64_t least_;
    std::uint64_t reserve_;
    bool low_ = false;
};

// A preallocated file that is deleted when the disk is full. Best effort: without it removals wait
// for space like everything else.
class reserve_file {
public:
    reserve_file(std::filesystem::path path, std::uint64_t size);

    // Creates it if it does not exist and `spare` bytes stay free beside it.
    void create(std::uint64_t free_bytes, std::uint64_t spare);
    void give_up();

    // True if the file exists, or none is wanted.
    bool is_there() const;

private:
    std::filesystem::path path_;
    std::uint64_t size_;
};

// Bytes that an unprivileged process may still write in `directory`.
std::uint64_t free_space(const std::filesystem::path& directory);

// Bytes of the disk that everything in `directory` takes.
std::uint64_t bytes_on_disk(const std::filesystem::path& directory);

// Bytes of the file system in all.
std::uint64_t disk_size(const std::filesystem::path& directory);

}  // namespace kurir::queue
