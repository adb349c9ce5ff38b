// Whether other users of the machine can read a key.
#pragma once

#include <sys/stat.h>

#include <string>

namespace kurir::app {

// What the file system says of a file.
struct file_standing {
    ::mode_t mode = 0;
    ::uid_t owner = 0;
    bool mounted_secret = false;  // it is mounted alone, or lies in a file system that is in memory
                                  // and into which not everybody may write
};

// Orchestrators mount secrets as files of root that everybody can read, in a container where nobody
// else is.
constexpr bool is_exposed(const file_standing& file) noexcept {
    const bool of_root = file.owner == 0 && file.mounted_secret;
    return (file.mode & (S_IROTH | S_IWOTH)) != 0 && !of_root;
}

// Of an open file, whose `path` it was opened by.
file_standing standing_of(int descriptor, const std::string& path);

}  // namespace kurir::app
