// The part of the scheduler that looks after mail that waits for its destination: it ends when its
// lifetime is over, and the log tells of it.
#include <algorithm>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

using backlog_state = queue::backlog::state;

namespace {

// Log lines at a time: a hundred thousand messages may wait for a dead destination.
constexpr int told_at_once = 100;

verdict local_delay(std::string text) {
    return {
        .outcome = outcome::deferred,
        .stage = stage::connect,
        .cause = cause::local,
        .status = {4, 4, 7},
        .diagnostic = std::move(text),
    };
}

}  // namespace

// Mail whose lifetime ends while it waits is settled by its age, and bounced for the reason for
// which it waited. What was never tried is tried once, at once; if the destination is suspended,
// the probes were its attempts. What an operator has suspended is not bounced for it: it ends when
// it has been tried after that, for which it has as long as the suspension was to last.
void scheduler::expire(destination& site, const instant& now) {
    if (!open_ || stopping_ || site.rest != nullptr) return;
    if (now.steady < untried_until_) return;
    const auto is_over = [&](slot item) {
        const auto since = std::max(backlog_.received_at(item), limits_.lifetimes_from);
        return now.wall - since >= limits_.max_queue_time;
    };
    const auto over = site.ready.extract_if(is_over);
    if (over.empty()) return;
    const auto reason = reason_to_wait(site, now);
    for (const auto item : over) {
        if ((site.suspended && !site.borrowed) || backlog_.attempts(item) > 0) {
            conclude(item, reason);
        } else {
            site.last_chance.push_back(item);
        }
    }
    if (!site.last_chance.empty()) pump_last_chances(site, now);
}

verdict scheduler::reason_to_wait(const destination& site, const instant& now) const {
    if (site.suspended) return site.last_trouble;
    if (site.state.delay_reason(now.steady) == governor::delay::rate) {
        return local_delay("held back by KURIR_DESTINATION_RATE of " + site.route->key.name());
    }
    if (site.last_refusal) {
        auto reason = *site.last_refusal;
        reason.retry_hint.reset();
        reason.greylisted = false;
        return reason;
    }
    return local_delay("no connection to " + site.route->key.name() + " was free");
}

void scheduler::announce_suspended(const destination& site, slot item) {
    if (!backlog_.tell_once(item)) return;
    unannounced_.push_back({.item = item, .id = backlog_.id(item), .route = site.route});
}

void scheduler::announce_waiting(const instant& now) {
    using std::chrono::ceil;
    using std::chrono::milliseconds;
    for (int i = 0; i < told_at_once && !unannounced_.empty(); ++i) {
        const auto next = std::move(unannounced_.front());
        unannounced_.pop_front();
        // It may have left meanwhile.
        if (!backlog_.holds(next.item, next.id)) continue;
        if (backlog_.state_of(next.item) != backlog_state::deferred) continue;
        const auto* site = known(next.route->key);
        if (site == nullptr) continue;
        const auto left = site->state.suspended_until() - now.steady;
        orders_.waiting(
            backlog_.at(next.item),
            {
                .destination = next.route->key.name(),
                .reason = site->last_trouble.diagnostic,
                .pause = std::max(ceil<milliseconds>(left), milliseconds(0)),
            }
        );
    }
}

}  // namespace kurir::outbound
