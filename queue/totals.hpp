// Sums of what is in the queue. Every batch writes them, so they are as durable as what they count.
#pragma once

#include <cstdint>

namespace kurir::queue {

struct store_totals {
    std::uint64_t messages = 0;
    std::uint64_t recipients = 0;  // not finished
    std::uint64_t bytes = 0;       // of message bodies
    bool operator==(const store_totals&) const = default;
};

}  // namespace kurir::queue
