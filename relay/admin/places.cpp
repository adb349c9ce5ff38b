#include "relay/admin/places.hpp"

#include <algorithm>
#include <tuple>

namespace kurir::admin {

places::admission places::add(const boost::asio::ip::address& client) {
    std::optional<number> removed;
    if (all_.size() >= all_max) {
        removed = victim();
        all_.erase(*removed);
    }
    const auto added = ++last_;
    all_.emplace(added, place{client, state::waiting, added});
    return {added, removed};
}

bool places::set(number which, state now) {
    const auto found = all_.find(which);
    if (found == all_.end()) return false;
    const auto is_slow = [](const auto& each) { return each.second.now == state::slow; };
    if (now == state::slow && std::ranges::count_if(all_, is_slow) >= std::ptrdiff_t{slow_max}) {
        return false;
    }
    found->second.now = now;
    found->second.since = ++last_;
    return true;
}

void places::remove(number which) {
    all_.erase(which);
}

places::number places::victim() const {
    std::map<boost::asio::ip::address, std::size_t> counts;
    for (const auto& [id, each] : all_)
        ++counts[each.client];
    // Least first: a client with many connections, no whole request, an early start.
    const auto order = [&](const auto& entry) {
        const auto& [id, each] = entry;
        return std::tuple(all_max - counts.at(each.client), each.now != state::waiting, each.since);
    };
    return std::ranges::min_element(all_, {}, order)->first;
}

}  // namespace kurir::admin
