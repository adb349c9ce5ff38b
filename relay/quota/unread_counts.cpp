#include "relay/quota/unread_counts.hpp"

#include <algorithm>
#include <utility>

namespace kurir::quota {

void unread_counts::begin(
    const told_accounts& known, std::set<std::int64_t> hours, time_point now
) {
    left_ = {.recipients = {}, .hours = std::move(hours)};
    for (const auto& [name, client] : known) {
        for (auto each : client.recipients) {
            if (each.count(now) > 0) left_.recipients[name].recipients.push_back(std::move(each));
        }
    }
}

distinct_count* unread_counts::find(const std::string& name, period length) {
    const auto known = left_.recipients.find(name);
    if (known == left_.recipients.end()) return nullptr;
    auto& counts = known->second.recipients;
    const auto found = std::ranges::find(counts, length, &distinct_count::length);
    return found == counts.end() ? nullptr : &*found;
}

void unread_counts::take_back(const std::string& name, period length, recipient_hash recipient) {
    if (auto* count = find(name, length)) count->remove(recipient);
}

void unread_counts::read(const told_accounts& told) {
    for (const auto& [name, client] : told) {
        for (const auto& each : client.recipients) {
            auto* count = find(name, each.length());
            if (count == nullptr) continue;
            for (const auto& [recipient, slot] : each.all()) {
                const auto last_used = count->slot_of(recipient);
                if (last_used && *last_used <= slot) count->remove(recipient);
            }
        }
    }
}

unread_counts::left unread_counts::end() {
    return std::exchange(left_, {});
}

}  // namespace kurir::quota
