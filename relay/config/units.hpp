// Sizes such as 25M and durations such as 30s, 5m, 4d or 250ms, to and from text.
//
// Pure. A size counts bytes; K, M, G, T are powers of 1024, and KB and KiB mean the same. A
// duration needs its unit (ms, s, m, h, d), parts may be combined (1h30m), and a plain 0 is also a
// duration.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::config {

std::optional<std::uint64_t> number_of(std::string_view text);
std::optional<std::uint64_t> size_of(std::string_view text);
std::optional<std::chrono::milliseconds> duration_of(std::string_view text);

// The shortest text that reads back as the same value.
std::string size_text(std::uint64_t bytes);
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace kurir::config
