// The slots of what came into the queue while somebody goes through it.
//
// What is left after an attempt gets a slot of its own, and that may be one which has been passed
// already. Whoever must miss nothing looks at these, too. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "queue/backlog.hpp"

namespace kurir::outbound {

class arrival_record {
public:
    using slot = queue::backlog::slot;

    // What comes from now on is kept until `end` has been called as often. Returns a mark for
    // `since`.
    std::size_t begin() {
        ++readers_;
        return slots_.size();
    }
    void end() {
        if (--readers_ == 0) slots_ = {};
    }

    void add(slot item) {
        if (readers_ > 0) slots_.push_back(item);
    }

    // The slots of what came after a mark, in that order, `limit` at most. Others may have them by
    // now.
    std::vector<slot> since(std::size_t mark, std::size_t limit) const {
        const auto first = slots_.begin() + static_cast<std::ptrdiff_t>(mark);
        const auto count = std::min(limit, slots_.size() - mark);
        return {first, first + static_cast<std::ptrdiff_t>(count)};
    }

private:
    std::size_t readers_ = 0;
    std::vector<slot> slots_;
};

}  // namespace kurir::outbound
