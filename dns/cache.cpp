#include "dns/cache.hpp"

namespace kurir::dns {

cache::finding cache::find(const question& asked, time_point now) {
    const auto found = by_question_.find(asked);
    if (found == by_question_.end()) return {};
    if (found->second->until <= now) {
        by_use_.erase(found->second);
        by_question_.erase(found);
        return {.expired = true};
    }
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return {.said = &found->second->said};
}

void cache::put(const question& asked, answer said, time_point now) {
    if (max_ == 0 || said.ttl.count() <= 0) return;
    if (const auto old = by_question_.find(asked); old != by_question_.end()) {
        by_use_.erase(old->second);
        by_question_.erase(old);
    }
    if (by_question_.size() >= max_) {
        by_question_.erase(by_use_.back().asked);
        by_use_.pop_back();
    }
    const auto until = now + said.ttl;
    by_use_.push_front({asked, std::move(said), until});
    by_question_.emplace(asked, by_use_.begin());
}

}  // namespace kurir::dns
