// Until when the mail of which senders is parked.
//
// Pure.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>

#include "queue/backlog.hpp"
#include "relay/net/clock.hpp"

namespace kurir::outbound {

class parked_senders {
public:
    using time_point = net::clock::time_point;
    using sender = const queue::backlog::name*;

    void add(sender sender, time_point until) {
        if (until_.contains(sender)) return;
        until_.emplace(sender, order_.emplace(until, sender));
    }
    // True if it was parked.
    bool remove(sender sender) {
        const auto found = until_.find(sender);
        if (found == until_.end()) return false;
        order_.erase(found->second);
        until_.erase(found);
        return true;
    }
    // One whose time has come.
    std::optional<sender> next(time_point now) {
        if (order_.empty() || order_.begin()->first > now) return std::nullopt;
        const auto sender = order_.begin()->second;
        remove(sender);
        return sender;
    }
    std::optional<time_point> first() const {
        if (order_.empty()) return std::nullopt;
        return order_.begin()->first;
    }

private:
    std::multimap<time_point, sender> order_;
    std::unordered_map<sender, std::multimap<time_point, sender>::iterator> until_;
};

}  // namespace kurir::outbound
