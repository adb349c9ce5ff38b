// CRC-32C (Castagnoli, RFC 3720 B.4), by ISA-L: as fast as the processor can.
#pragma once

#include <cstdint>
#include <string_view>

namespace kurir::queue {

// The checksum of `bytes`. To continue a checksum, pass that of the bytes before.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace kurir::queue
