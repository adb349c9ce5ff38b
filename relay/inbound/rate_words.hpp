// What a node tells of the rates of its clients and senders (rate_table.hpp), as text. Pure.
//
//   teller a1b2c3d4e5f60718             a number that the process has drawn
//   client 0011223344556677 4 120 17    the hash of a key; which count of it this is; messages that
//   sender ...                          were taken here since it began; tokens that were missing
//                                       then of what all nodes have
//
// A line that can't be read is passed over, as one of a later version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::inbound {

using rate_key = std::uint64_t;  // the hash of a client's or a sender's name

struct told_rate {
    rate_key key = 0;
    std::uint64_t count = 0;    // a number that the teller gives to no other count
    std::uint64_t taken = 0;    // messages here since this count began
    std::uint64_t missing = 0;  // tokens of the bucket, by what the teller knows of all nodes

    bool operator==(const told_rate&) const = default;
};

struct rate_words {
    // Of each of the two limits: 64 KiB of text for both together, at most some 110.
    static constexpr std::size_t told_max = 1000;
    // No limit has more tokens in a period.
    static constexpr std::uint64_t messages_max = 1ULL << 40U;

    std::uint64_t teller = 0;
    std::vector<told_rate> clients;
    std::vector<told_rate> senders;
};

std::string text_of(const rate_words& words);

// Nothing if it does not begin with a teller. At most `told_max` of each.
std::optional<rate_words> read_rate_words(std::string_view text);

}  // namespace kurir::inbound
