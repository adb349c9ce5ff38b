#include "queue/crc32c.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace kurir::queue {

namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // bits reversed

constexpr std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> remainders{};
    for (std::uint32_t byte = 0; byte < remainders.size(); ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
        remainders[byte] = crc;
    }
    return remainders;
}();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(
    std::string_view bytes, std::uint32_t before
) noexcept {
    std::uint64_t crc = ~before;
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        crc = _mm_crc32_u64(crc, word);
        left -= sizeof word;
    }
    auto rest = static_cast<std::uint32_t>(crc);
    for (; left > 0; --left, ++at)
        rest = _mm_crc32_u8(rest, static_cast<unsigned char>(*at));
    return ~rest;
}
#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
#if defined(__x86_64__)
    static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
    if (has_instruction) return crc32c_sse42(bytes, before);
#endif
    return crc32c_portable(bytes, before);
}

std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before) noexcept {
    std::uint32_t crc = ~before;
    for (const char c : bytes)
        crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xff];
    return ~crc;
}

}  // namespace kurir::queue

// RocksDB's checksum of log records and table blocks, by the same instruction.
//
// Debian builds RocksDB for any amd64 processor, and so without it: the library's table took 22 %
// of all instructions that a message of 64 KiB costs, 7 % with 4 KiB. RocksDB calls the function by
// name, and a program's definition goes before a library's. A RocksDB that computes its checksum in
// another way would not call this any more, and lose nothing.
namespace rocksdb::crc32c {

// Declared in RocksDB's util/crc32c.h, which is not installed.
std::uint32_t Extend(std::uint32_t before, const char* data, std::size_t size);

std::uint32_t Extend(std::uint32_t before, const char* data, std::size_t size) {
    return kurir::queue::crc32c({data, size}, before);
}

}  // namespace rocksdb::crc32c
