// A file as it was at one moment, to see later whether it has changed.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace kurir::watch {

// Equal if nothing that Kurir reads of it differs: content, permissions, owner, or why it can't be
// read. The time of its last change does not count: a file that was only touched is the same.
struct file_print {
    int error = 0;  // of opening or reading it
    std::uint32_t mode = 0;
    std::uint32_t owner = 0;
    std::size_t size = 0;
    std::size_t content = 0;  // a hash; of a folder: of the names in it

    auto operator<=>(const file_print&) const = default;
};

using file_prints = std::map<std::string, file_print>;

// Reads regular files and folders only, and of each at most a little more than Kurir takes. May
// wait for a network file system.
file_print print_of(const std::string& path);
file_prints prints_of(const std::vector<std::string>& paths);

}  // namespace kurir::watch
