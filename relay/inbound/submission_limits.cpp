#include "relay/inbound/submission_limits.hpp"

#include <algorithm>

#include "relay/base/text.hpp"

namespace kurir::inbound {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t sweep_least = 1024;

}  // namespace

net::clock::time_point rate_table::ready_at(const std::string& key, net::clock::time_point now)
    const {
    const auto known = buckets_.find(key);
    return known == buckets_.end() ? now : known->second.next();
}

void rate_table::take(const std::string& key, net::clock::time_point now) {
    if (!rate_) return;
    auto known = buckets_.find(key);
    if (known == buckets_.end()) {
        if (!has_room(now)) return;
        known =
            buckets_.emplace(key, net::token_bucket(rate_->count, rate_->per, rate_->count)).first;
    }
    known->second.spend(now);
}

// Forgets keys whose bucket is full again, each time that the table has doubled.
bool rate_table::has_room(net::clock::time_point now) {
    if (buckets_.size() >= sweep_at_ && now >= next_sweep_) {
        std::erase_if(buckets_, [now](const auto& each) { return each.second.full(now); });
        sweep_at_ = std::clamp(2 * buckets_.size(), sweep_least, keys_max);
        next_sweep_ = now + 1s;
    }
    return buckets_.size() < keys_max;
}

std::optional<submission_limits::excess> submission_limits::admit(
    const std::string& network, const std::string& sender, net::clock::time_point now
) {
    if (unlimited_) return std::nullopt;
    const std::string key = base::lowered(sender);
    const std::lock_guard lock(mutex_);
    const auto client_ready = by_client_.ready_at(network, now);
    const auto sender_ready = key.empty() ? now : by_sender_.ready_at(key, now);
    const auto ready = std::max(client_ready, sender_ready);
    if (ready > now) {
        excess over;
        over.limit = sender_ready > client_ready ? scope::sender : scope::client;
        over.wait = std::chrono::ceil<std::chrono::seconds>(ready - now);
        return over;
    }
    by_client_.take(network, now);
    if (!key.empty()) by_sender_.take(key, now);
    return std::nullopt;
}

smtp::postponement postponement_of(const submission_limits::excess& over, std::string_view client) {
    const bool of_sender = over.limit == submission_limits::scope::sender;
    return {
        450,
        {4, 7, 1},
        "Too many messages of " + std::string(of_sender ? "this sender" : client) +
            ", try again in " + std::to_string(over.wait.count()) + " s",
        smtp::reject_reason::rate_limited
    };
}

}  // namespace kurir::inbound
