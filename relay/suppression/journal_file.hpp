// The file of the suppression list in the queue folder: reads it, appends to it, replaces it.
//
// What `append` has taken is on the disk. After a failed write the file is not appended to again
// but replaced as a whole, because nobody knows what of it is on the disk. Lives on one thread at a
// time and may block it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "relay/base/open_file.hpp"
#include "relay/suppression/suppression_list.hpp"

namespace kurir::suppression {

// How a file was read.
struct journal_state {
    std::error_code error = {};     // it could not be read or written: nothing else is known
    bool of_later_version = false;  // it must be left as it is
    std::uint64_t records = 0;
    std::uint64_t damaged = 0;  // bytes within it that are no records
    std::uint64_t torn = 0;     // bytes at its end: of a write that did not come to its end
};

class journal_file {
public:
    explicit journal_file(std::filesystem::path path) : path_(std::move(path)) {}

    const std::filesystem::path& path() const noexcept { return path_; }

    // Reads all of it into `list`, which is empty; makes the file if there is none. A torn end is
    // cut off. A damaged file is copied to `damaged_path()` first, and replaced.
    journal_state open(suppression_list& list);
    std::filesystem::path damaged_path() const { return path_.string() + ".damaged"; }

    // Appends records, `count` of them. `list`: as it is without them.
    std::error_code append(
        std::string_view records, std::uint64_t count, const suppression_list& list
    );

    // Replaces the file by what is in `list`.
    std::error_code replace(const suppression_list& list);

    // True if most of the file is about entries that are gone or were put again.
    bool is_mostly_old(const suppression_list& list) const noexcept;

private:
    std::error_code read(suppression_list& list, journal_state& state);
    std::error_code open_to_append();

    std::filesystem::path path_;
    std::optional<base::open_file> file_;  // to append to; none: it must be replaced first
    std::uint64_t records_ = 0;
};

}  // namespace kurir::suppression
