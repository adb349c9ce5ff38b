#include "relay/quota/account.hpp"

#include <algorithm>

namespace kurir::quota {

namespace {

template <class Count>
Count& in(std::vector<Count>& counts, period length) {
    const auto found = std::ranges::find(counts, length, &Count::length);
    return found == counts.end() ? counts.emplace_back(length) : *found;
}

}  // namespace

sliding_count& account::messages_in(period length) {
    return in(messages, length);
}

distinct_count& account::recipients_in(period length) {
    return in(recipients, length);
}

bool account::is_empty(time_point now) {
    std::erase_if(messages, [now](auto& each) { return each.count(now) == 0; });
    std::erase_if(recipients, [now](auto& each) { return each.count(now) == 0; });
    const bool is_usual = usual.is_recent(now);
    return messages.empty() && recipients.empty() && !is_usual && !stopped;
}

std::size_t account::remembered() const {
    std::size_t all = 0;
    for (const auto& each : recipients)
        all += each.size();
    return all;
}

}  // namespace kurir::quota
