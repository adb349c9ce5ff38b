// Who has the fewest of something.
#pragma once

#include <cstddef>

namespace kurir::inbound {

// Which of `count` (at least one) has the fewest, as `number_of(index)` tells; of several the first
// from `turn` on, which may be greater than `count`.
template <class NumberOf>
std::size_t fewest(std::size_t count, std::size_t turn, const NumberOf& number_of) {
    auto best = turn % count;
    auto least = number_of(best);
    for (std::size_t i = 1; i < count; ++i) {
        const auto other = (turn + i) % count;
        const auto number = number_of(other);
        if (number >= least) continue;
        best = other;
        least = number;
    }
    return best;
}

}  // namespace kurir::inbound
