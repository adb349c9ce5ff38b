#include "relay/control/other_mail.hpp"

#include <utility>

namespace kurir::control {

using queue::backlog;

backlog::state state_of(const queue::other_entry& each, queue::time_point now) {
    if (each.waiting.terms->hold) return backlog::state::held;
    if (!each.holder.empty()) return backlog::state::active;
    const bool is_new = each.waiting.attempts == 0 && each.waiting.due <= now;
    return is_new ? backlog::state::incoming : backlog::state::deferred;
}

std::vector<listed> fitting_others(
    const std::vector<queue::other_entry>& entries,
    const selector& wanted,
    const outbound::scheduler& state,
    const outbound::instant& now
) {
    std::vector<listed> found;
    backlog one;
    for (const auto& each : entries) {
        const auto item = one.insert(each.waiting);
        one.set_state(item, state_of(each, now.wall));
        auto heading = state.heading_of(one, item, now);
        if (wanted.fits(one, item, heading.destination, now.wall)) {
            found.push_back({
                .waiting = each.waiting,
                .state = one.state_of(item),
                .destination = std::move(heading.destination),
                .obstacle = std::move(heading.obstacle),
                .trouble = std::move(heading.trouble),
                .suspension = std::move(heading.suspension),
                .is_ours = false,
                .holder = each.holder,
            });
        }
        one.erase(item);
    }
    return found;
}

outbound::explanation explanation_of(const queue::other_entry& each, queue::time_point now) {
    outbound::explanation made;
    made.domain = each.waiting.domain;
    made.recipients = each.waiting.recipients;
    made.attempts = each.waiting.attempts;
    made.state = state_of(each, now);
    made.claimed_by = each.holder;
    if (each.waiting.terms->hold) {
        made.hold = each.waiting.terms->hold;
    } else if (each.holder.empty() && each.waiting.due > now) {
        made.withheld = outbound::throttle::backoff;
        made.until = each.waiting.due;
    }
    return made;
}

}  // namespace kurir::control
