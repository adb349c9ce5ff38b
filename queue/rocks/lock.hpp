// One process for one queue: a lock on `kurir.lock` in its directory, held until the process ends.
//
// The file names its holder (host, pid, start) for the error message of a second process. Only the
// lock decides, never the text (decision 8). The file stays after the process ends; the lock does
// not.
#pragma once

#include <filesystem>
#include <string>

#include "queue/message.hpp"

namespace kurir::queue {

inline constexpr auto lock_file = "kurir.lock";

class directory_lock {
public:
    directory_lock() = default;
    directory_lock(directory_lock&& other) noexcept;
    directory_lock& operator=(directory_lock&& other) noexcept;
    ~directory_lock();

    // Takes the lock of `directory`, or writes to `why_not` which process has it.
    bool take(const std::filesystem::path& directory, time_point now, std::string& why_not);

    // Why `take` failed: another process has the lock.
    bool is_held_elsewhere() const noexcept { return held_elsewhere_; }

private:
    bool held_elsewhere_ = false;
    int descriptor_ = -1;
};

}  // namespace kurir::queue
