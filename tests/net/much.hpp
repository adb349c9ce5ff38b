// Bytes that one end can't write unless the other end reads.
#pragma once

#include <cstddef>

namespace tests {

inline constexpr std::size_t much = 32UL << 20;  // more than the buffers of both ends take

}  // namespace tests
