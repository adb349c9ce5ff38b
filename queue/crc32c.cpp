#include "queue/crc32c.hpp"

#include <isa-l/crc.h>

#include <algorithm>
#include <cstddef>

namespace kurir::queue {

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
    constexpr std::size_t most = 1U << 30;  // the library takes the length as `int`
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
