#include "queue/crc32c.hpp"

#include <isa-l/crc.h>

#include <algorithm>
#include <cstddef>

namespace kurir::queue {

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
    constexpr std::size_t most = 1U << 30;  // the library counts in `int`
    std::uint32_t crc = ~before;
    while (!bytes.empty()) {
        const auto size = std::min(bytes.size(), most);
        // The library only reads, but its parameter does not say so.
        auto* const at = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
        crc = crc32_iscsi(at, static_cast<int>(size), crc);
        bytes.remove_prefix(size);
    }
    return ~crc;
}

}  // namespace kurir::queue

// RocksDB's checksum of log records and table blocks, by the same library.
//
// Debian builds RocksDB for any amd64 processor, and so without the processor's instruction: its
// table took 22 % of all instructions that a message of 64 KiB costs, 7 % with 4 KiB. RocksDB calls
// the function by name, and a program's definition goes before a library's. A RocksDB that computes
// its checksum in another way would not call this any more, and lose nothing.
namespace rocksdb::crc32c {

// Declared in RocksDB's util/crc32c.h, which is not installed.
std::uint32_t Extend(std::uint32_t before, const char* data, std::size_t size);

std::uint32_t Extend(std::uint32_t before, const char* data, std::size_t size) {
    return kurir::queue::crc32c({data, size}, before);
}

}  // namespace rocksdb::crc32c
