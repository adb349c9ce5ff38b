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

bool places::set(number connection, state next) {
    const auto found = all_.find(connection);
    if (found == all_.end()) return false;
    const auto same =
        std::ranges::count(all_, next, [](const auto& each) { return each.second.current; });
    if (next == state::slow && same >= std::ptrdiff_t{slow_max}) return false;
    if (next == state::upload && same >= std::ptrdiff_t{upload_max}) return false;
    if (next == state::stream && same >= std::ptrdiff_t{stream_max}) return false;
    found->second.current = next;
    found->second.since = ++last_;
    return true;
}

void places::remove(number connection) {
    all_.erase(connection);
}

places::number places::victim() const {
    std::map<boost::asio::ip::address, std::size_t> counts;
    for (const auto& [id, each] : all_)
        ++counts[each.client];
    // The smallest is removed: a client with many connections, no complete request, an early start.
    const auto order = [&](const auto& entry) {
        const auto& [id, each] = entry;
        return std::tuple(
            all_max - counts.at(each.client), each.current != state::waiting, each.since
        );
    };
    return std::ranges::min_element(all_, {}, order)->first;
}

}  // namespace kurir::admin
