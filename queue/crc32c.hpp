// CRC-32C (Castagnoli, RFC 3720 B.4), by the processor's instruction where it has one.
#pragma once

#include <cstdint>
#include <string_view>

namespace kurir::queue {

// The checksum of `bytes`, or of everything so far if the checksum of what came before is given.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

// The same by table, on any processor; here so that tests can compare the two.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace kurir::queue
