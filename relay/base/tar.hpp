// Archives of plain files, as `tar` reads and writes them (POSIX.1-1988, ustar). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"

namespace kurir::base {

inline constexpr std::size_t tar_block = 512;
// Two empty blocks.
inline constexpr std::size_t tar_end_size = 2 * tar_block;

// The header in front of a file. `name`: at most 100 bytes; `size`: under 8 GiB; `time`: seconds
// since 1970.
std::string tar_header(std::string_view name, std::uint64_t size, std::uint64_t time);

// Zeros that fill the last block of a file of this size.
std::size_t tar_padding(std::uint64_t size) noexcept;

struct tar_entry {
    enum class kind_of : std::uint8_t {
        file,
        skipped,  // a folder, or what `tar` says of the next file or of all: to be read over
        end,
    };
    kind_of kind = kind_of::end;
    std::string name = {};
    std::uint64_t size = 0;  // bytes behind the header, without padding
};

// Reads a block that is a header. The error is a sentence that names the file: a link, a device, a
// sparse file, a name with "..", a damaged header.
result<tar_entry, std::string> read_tar_header(std::string_view block);

}  // namespace kurir::base
