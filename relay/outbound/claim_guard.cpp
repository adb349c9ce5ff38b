#include "relay/outbound/claim_guard.hpp"

#include <algorithm>
#include <utility>

namespace kurir::outbound {

claim_guard::claim_guard(std::chrono::milliseconds lease, time_point now)
    : lease_(lease), until_(now + lease) {}

// What was lost is known before anybody may rely on the new time.
void claim_guard::renewed(time_point began, std::vector<queue::claimed> lost) {
    {
        const std::lock_guard lock(mutex_);
        lost_ = std::move(lost);
        any_lost_ = !lost_.empty();
    }
    until_ = began + lease_;
}

bool claim_guard::has_room(time_point now) const noexcept {
    return now + lease_ / 10 < until_.load();
}

bool claim_guard::may_end(const std::vector<queue::delivery>& tried, time_point now) const {
    if (!has_room(now)) return false;
    if (!any_lost_) return true;
    const std::lock_guard lock(mutex_);
    return std::ranges::none_of(tried, [this](const queue::delivery& each) {
        return std::ranges::any_of(lost_, [&each](const queue::claimed& gone) {
            return gone.id == each.id && gone.entry == each.entry && gone.fence == each.fence;
        });
    });
}

}  // namespace kurir::outbound
