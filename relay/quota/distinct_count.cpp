#include "relay/quota/distinct_count.hpp"

#include <algorithm>

#include "relay/base/stable_hash.hpp"
#include "relay/base/text.hpp"

namespace kurir::quota {

// Stored counts need a hash that is always the same. A client that makes hashes equal only fools a
// brake that is there for its own mistakes.
recipient_hash hash_of(std::string_view address) noexcept {
    base::stable_hash hash;
    for (const char c : address)
        hash.add(base::lower(c));
    return hash.value();
}

bool distinct_count::add(recipient_hash recipient, time_point now) {
    forget(now);
    const auto slot = slot_at(now, slot_length());
    const auto [place, is_new] = last_used_.try_emplace(recipient, slot);
    place->second = std::max(place->second, slot);
    return is_new;
}

bool distinct_count::learn(recipient_hash recipient, std::int64_t slot, time_point now) {
    forget(now);
    const auto current = slot_at(now, slot_length());
    if (slot < current - slots_in_period || slot > current + slots_in_period) return false;
    const auto [place, is_new] = last_used_.try_emplace(recipient, slot);
    place->second = std::max(place->second, slot);
    return is_new;
}

std::optional<std::int64_t> distinct_count::slot_of(recipient_hash recipient) const {
    const auto known = last_used_.find(recipient);
    return known == last_used_.end() ? std::nullopt : std::optional(known->second);
}

bool distinct_count::has(recipient_hash recipient, time_point now) {
    forget(now);
    return last_used_.contains(recipient);
}

std::size_t distinct_count::count(time_point now) {
    forget(now);
    return last_used_.size();
}

time_point distinct_count::next_forgotten(time_point now) const {
    if (last_used_.empty()) return now;
    const auto oldest =
        std::ranges::min_element(last_used_, {}, [](const auto& each) { return each.second; });
    return time_point((oldest->second + slots_in_period + 1) * slot_length());
}

// Once in a slot.
void distinct_count::forget(time_point now) {
    const auto slot = slot_at(now, slot_length());
    if (slot == swept_) return;
    swept_ = slot;
    std::erase_if(last_used_, [slot](const auto& each) {
        const bool old = each.second < slot - slots_in_period;
        return old || each.second > slot + slots_in_period;  // of a clock that was far ahead
    });
}

}  // namespace kurir::quota
