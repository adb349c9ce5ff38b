// Room on the disk: when new mail is refused, and the reserve that removals live on (decisions 7).
#pragma once

#include <cstdint>
#include <filesystem>

namespace kurir::queue {

// Says when there is too little space: below `least`, and until there is 1.2 times as much. A write
// that found no room counts as too little space, whatever the file system says it has.
//
// Pure: the caller supplies what is free.
class space_watch {
public:
    explicit space_watch(std::uint64_t least) : least_(least) {}

    // True if the answer changed.
    bool measured(std::uint64_t free_bytes) noexcept;
    bool ran_out() noexcept;

    bool low() const noexcept { return low_; }

private:
    std::uint64_t least_;
    bool low_ = false;
};

// A preallocated file that is given up when the disk is full. It is best effort: without it
// removals wait for space as everything does.
class reserve_file {
public:
    reserve_file(std::filesystem::path path, std::uint64_t size);

    // Makes it if it is not there and the disk keeps `spare` bytes besides.
    void create(std::uint64_t free_bytes, std::uint64_t spare);
    void give_up();

private:
    std::filesystem::path path_;
    std::uint64_t size_;
};

// Bytes that an unprivileged process may still write there.
std::uint64_t free_space(const std::filesystem::path& directory);

}  // namespace kurir::queue
