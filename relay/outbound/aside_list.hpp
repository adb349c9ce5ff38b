// Deliveries that are set aside by operators' suspensions, each by one. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "queue/backlog.hpp"

namespace kurir::outbound {

class aside_list {
public:
    using slot = queue::backlog::slot;

    // `number`: of the suspension, not 0.
    void put(slot item, std::uint64_t number) {
        if (by_slot_.size() <= item) by_slot_.resize(item + std::size_t{1}, 0);
        size_ += by_slot_[item] == 0 ? 1 : 0;
        by_slot_[item] = number;
    }

    // False if it is not there.
    bool take(slot item) {
        if (!suspension_of(item)) return false;
        by_slot_[item] = 0;
        forget_one();
        return true;
    }

    // The number of the suspension.
    std::optional<std::uint64_t> suspension_of(slot item) const {
        if (item >= by_slot_.size() || by_slot_[item] == 0) return std::nullopt;
        return by_slot_[item];
    }

    // Takes those out for whose suspension `ended(number)` is true.
    template <class Predicate>
    std::vector<slot> extract_if(Predicate ended) {
        std::vector<slot> taken;
        for (std::size_t at = 0; at < by_slot_.size(); ++at) {
            if (by_slot_[at] != 0 && ended(by_slot_[at])) taken.push_back(static_cast<slot>(at));
        }
        for (const auto item : taken)
            take(item);
        return taken;
    }

    std::size_t size() const noexcept { return size_; }

private:
    // Costs nothing while nothing is set aside.
    void forget_one() {
        if (--size_ == 0) by_slot_ = {};
    }

    std::vector<std::uint64_t> by_slot_;  // 0: not there
    std::size_t size_ = 0;
};

}  // namespace kurir::outbound
