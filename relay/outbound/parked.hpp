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

    void add(sender who, time_point until) {
        if (until_.contains(who)) return;
        until_.emplace(who, order_.emplace(until, who));
    }
    // True if it was parked.
    bool remove(sender who) {
        const auto found = until_.find(who);
        if (found == until_.end()) return false;
        order_.erase(found->second);
        until_.erase(found);
        return true;
    }
    // One whose time has come.
    std::optional<sender> next(time_point now) {
        if (order_.empty() || order_.begin()->first > now) return std::nullopt;
        const auto who = order_.begin()->second;
        remove(who);
        return who;
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
