// The file of a result journal as bytes: ends of attempts, one after the other. SCHEMA.md has the
// format. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "queue/message.hpp"

namespace kurir::queue::postgres {

inline constexpr std::string_view journal_head = "kurir-results 1\n";

// Appends a record of queue/settlement_codec.hpp with its frame.
void append_framed(std::string& target, std::string_view record);

// What a file holds.
struct journal_content {
    std::vector<settlement> ends;
    std::uint64_t damaged = 0;  // bytes before the last good record that are none
    std::uint64_t torn = 0;     // bytes after it: of a write that did not come to its end
};

// Bytes that are no record are skipped: behind them the next record is looked for. A file without
// its head is damaged as a whole.
journal_content read_journal(std::string_view file);

}  // namespace kurir::queue::postgres
