#include "dns/server_order.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace kurir::dns {

std::vector<std::size_t> server_order::order() const {
    std::vector<std::size_t> all(servers_.size());
    std::iota(all.begin(), all.end(), 0);
    std::ranges::sort(all, {}, [this](std::size_t each) { return std::pair(is_last(each), each); });
    return all;
}

std::optional<std::size_t> server_order::to_probe(clock::time_point now) {
    const bool all_last =
        std::ranges::all_of(servers_, [](const standing& each) { return each.until.has_value(); });
    if (all_last) return {};  // they are asked anyway
    for (std::size_t at = 0; at < servers_.size(); ++at) {
        auto& each = servers_[at];
        if (!each.until || *each.until > now) continue;
        each.pause = std::min<clock::duration>(2 * each.pause, pause_max);
        each.until = now + each.pause;
        return at;
    }
    return {};
}

void server_order::heard(std::size_t server, clock::time_point now) {
    servers_[server] = {.last_heard = now};
}

void server_order::silent(std::size_t server, clock::time_point asked, clock::time_point now) {
    auto& record = servers_[server];
    if (servers_.size() == 1 || record.last_heard >= asked || record.until) return;
    if (++record.silences >= limit) record.until = now + record.pause;
}

}  // namespace kurir::dns
