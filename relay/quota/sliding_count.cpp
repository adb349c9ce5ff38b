#include "relay/quota/sliding_count.hpp"

#include <algorithm>

namespace kurir::quota {

void sliding_count::add(time_point now, std::uint64_t events) {
    forget(now);
    // A clock that is behind what was stored adds to the newest slot.
    const auto number = slot_at(now, slot_length());
    if (slots_.empty() || slots_.back().number < number) slots_.push_back({number, 0});
    slots_.back().events += events;
    sum_ += events;
}

void sliding_count::remove(time_point then, std::uint64_t events) {
    const auto number = slot_at(then, slot_length());
    const auto found =
        std::ranges::find_if(slots_, [number](const slot& each) { return each.number >= number; });
    if (found == slots_.end()) return;
    const auto taken = std::min(events, found->events);
    found->events -= taken;
    sum_ -= taken;
}

std::uint64_t sliding_count::count(time_point now) {
    forget(now);
    return sum_;
}

time_point sliding_count::under(std::uint64_t limit, time_point now) {
    forget(now);
    auto left = sum_;
    auto when = now;
    for (const auto& each : slots_) {
        if (left < limit) break;
        left -= each.events;
        when = time_point((each.number + slots_in_period + 1) * slot_length());
    }
    return std::max(when, now);
}

bool sliding_count::restore(slot kept) {
    const bool in_order = slots_.empty() || slots_.back().number < kept.number;
    if (!in_order || slots_.size() > slots_in_period) return false;
    slots_.push_back(kept);
    sum_ += kept.events;
    return true;
}

void sliding_count::forget(time_point now) {
    const auto oldest = slot_at(now, slot_length()) - slots_in_period;
    while (!slots_.empty() && slots_.front().number < oldest) {
        sum_ -= slots_.front().events;
        slots_.pop_front();
    }
    // Those of a clock that was far ahead would never leave.
    const auto newest = oldest + 2L * slots_in_period;
    while (!slots_.empty() && slots_.back().number > newest) {
        sum_ -= slots_.back().events;
        slots_.pop_back();
    }
}

}  // namespace kurir::quota
