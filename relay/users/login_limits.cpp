#include "relay/users/login_limits.hpp"

#include <algorithm>
#include <cmath>

namespace kurir::users {

namespace {

std::string pair_of(const login_limits::login& tried) {
    return tried.network + '\n' + tried.name;
}

double count_in(
    const base::recent_map<fading_count>& counts, const std::string& key, net::clock::time_point now
) {
    const auto* found = counts.find(key);
    return found != nullptr ? found->at(now) : 0;
}

}  // namespace

double fading_count::at(net::clock::time_point now) const {
    if (empty_at_ <= now) return 0;
    return std::chrono::duration<double>(empty_at_ - now) /
           std::chrono::duration<double>(forget_after);
}

void fading_count::add(net::clock::time_point now) {
    empty_at_ = std::max(empty_at_, now) + forget_after;
}

bool login_limits::is_welcome(const std::string& pair, net::clock::time_point now) const {
    const auto* until = welcome_until_.find(pair);
    return until != nullptr && now < *until;
}

// The failures that count for this login.
double login_limits::worst(const login& tried, net::clock::time_point now) const {
    const auto pair = pair_of(tried);
    if (is_welcome(pair, now)) return count_in(by_pair_, pair, now);
    return std::max(count_in(by_network_, tried.network, now), count_in(by_name_, tried.name, now));
}

bool login_limits::shut(const login& tried, net::clock::time_point now) {
    const std::lock_guard lock(mutex_);
    // A count begins to fade at once, so it never stays a whole number.
    return std::ceil(worst(tried, now)) >= failures_max;
}

net::clock::duration login_limits::failed(const login& tried, net::clock::time_point now) {
    constexpr double doublings_max = 16;
    const std::lock_guard lock(mutex_);
    const auto before = std::min(std::round(worst(tried, now)), doublings_max);
    const auto pair = pair_of(tried);
    if (is_welcome(pair, now)) {
        by_pair_.touch(pair).add(now);
    } else {
        by_network_.touch(tried.network).add(now);
        if (!tried.name.empty()) by_name_.touch(tried.name).add(now);
    }
    const auto delay = first_delay * static_cast<int>(std::exp2(before));
    return std::min<net::clock::duration>(delay, longest_delay);
}

void login_limits::succeeded(const login& tried, net::clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto pair = pair_of(tried);
    welcome_until_.touch(pair) = now + welcome_for;
    by_pair_.erase(pair);
}

std::size_t login_limits::size() {
    const std::lock_guard lock(mutex_);
    return by_network_.size() + by_name_.size() + by_pair_.size() + welcome_until_.size();
}

}  // namespace kurir::users
