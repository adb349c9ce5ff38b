// Small files as the program keeps them itself.
#pragma once

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include "relay/base/result.hpp"

namespace kurir::base {

// Closed at the end of its scope.
struct open_file {
    int number = -1;
    open_file(const std::filesystem::path& path, int flags, ::mode_t mode = 0)
        : number(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode)) {}
    explicit open_file(int opened) : number(opened) {}
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    ~open_file() {
        if (number >= 0) ::close(number);
    }
};

// All of a file that is known to be small; empty if it can't be opened. Throws
// `std::ios_base::failure` if its disk does not give it.
std::string content_of(const std::filesystem::path& path);

// The same for a file that is to be replaced afterwards: only one that does not exist is empty, and
// nothing is thrown. What can't be opened or read is an error, since it may hold what must be kept.
result<std::string, std::error_code> content_to_replace(const std::filesystem::path& path);

// Both on the descriptor of an open file.
std::error_code write_all(int file, std::string_view text);
std::error_code sync(int file);

// Replaces a file by what `write` writes to a descriptor: whole or not at all, and on disk once
// this returns without an error. Only we can read it, unless `mode` says more, as far as the umask
// lets it. No link is followed.
using file_writer = std::function<std::error_code(int file)>;
inline constexpr ::mode_t for_us_alone = 0600;
// KURIR_QUEUE_MODE sets the umask accordingly.
inline constexpr ::mode_t for_group_too = 0640;
std::error_code replace_file(
    const std::filesystem::path& path, const file_writer& write, ::mode_t mode = for_us_alone
);

// The same by a text.
std::error_code replace_file(
    const std::filesystem::path& path, std::string_view text, ::mode_t mode = for_us_alone
);

}  // namespace kurir::base
