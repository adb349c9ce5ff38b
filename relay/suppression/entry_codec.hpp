// An entry as bytes: how the list keeps it in memory, and the file on disk (FORMAT.md). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/suppression/entry.hpp"

namespace kurir::suppression {

// The subject, a line end, and the tenant: what an entry is found by. No text has a line end, and
// it comes before all characters that a text has, so keys are in the order of their subjects.
std::string key_of(std::string_view subject, std::string_view tenant);

// Bytes before the texts.
inline constexpr std::size_t packed_head_size = 14;
inline constexpr std::size_t packed_size_max =
    packed_head_size + longest::subject + 1 + longest::tenant + longest::name + longest::reason;

// `entry` has no mistake (`mistake_in`), and its times are within 32 bits, or are cut to that.
void append_packed(std::string& target, const entry& entry);

// A packed entry at the begin of `bytes`, read in place. `bytes` must be valid (`unpack`).
std::string_view packed_key(std::string_view bytes) noexcept;
std::size_t packed_size(std::string_view bytes) noexcept;
bool packed_counts_at(std::string_view bytes, seconds_time now) noexcept;

// All of `bytes` as an entry, from whatever source; none if it is no valid one.
std::optional<entry> unpack(std::string_view bytes);

// The same where `bytes` begins with an entry that `append_packed` has written.
entry unpack_first(std::string_view bytes);

}  // namespace kurir::suppression
