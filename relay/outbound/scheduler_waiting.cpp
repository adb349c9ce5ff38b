// The part of the scheduler that looks after mail that is held back: it ends when its time is over,
// and the log tells of it.
#include <algorithm>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

using backlog_state = queue::backlog::state;

namespace {

// Log lines at a time: a dead destination may hold a hundred thousand messages.
constexpr int told_at_once = 100;

verdict waiting_for_us(std::string text) {
    return {
        .outcome = outcome::deferred,
        .stage = stage::connect,
        .cause = cause::local,
        .status = {4, 4, 7},
        .diagnostic = std::move(text),
    };
}

}  // namespace

// Mail whose time is over while it is held: whoever settles it decides by its age, and bounces it
// for the reason that held it. What was never tried is tried once, at once; if nobody can be
// reached, the probes were its attempts.
void scheduler::expire(destination& site, const instant& now) {
    if (!open_ || stopping_) return;
    const auto is_over = [&](slot which) {
        return now.wall - backlog_.received_at(which) >= limits_.max_queue_time;
    };
    const auto over = site.ready.extract_if(is_over);
    if (over.empty()) return;
    const auto why = reason_to_wait(site, now);
    for (const auto which : over) {
        if (site.suspended || backlog_.attempts(which) > 0) {
            conclude(which, why);
        } else {
            site.last_chance.push_back(which);
        }
    }
    if (!site.last_chance.empty()) pump_last_chances(site, now);
}

verdict scheduler::reason_to_wait(const destination& site, const instant& now) const {
    if (site.suspended) return site.last_trouble;
    if (site.state.delay_reason(now.steady) == governor::delay::rate) {
        return waiting_for_us("held back by KURIR_DESTINATION_RATE of " + site.where->key.name());
    }
    if (site.last_refusal) {
        auto why = *site.last_refusal;
        why.retry_hint.reset();
        why.greylisted = false;
        return why;
    }
    return waiting_for_us("no connection to " + site.where->key.name() + " was free");
}

void scheduler::announce_suspended(const destination& site, slot which) {
    if (!backlog_.tell_once(which)) return;
    unannounced_.push_back({.which = which, .id = backlog_.id(which), .where = site.where});
}

void scheduler::announce_waiting(const instant& now) {
    using std::chrono::ceil;
    using std::chrono::milliseconds;
    for (int i = 0; i < told_at_once && !unannounced_.empty(); ++i) {
        const auto next = std::move(unannounced_.front());
        unannounced_.pop_front();
        // It may have left meanwhile.
        if (!backlog_.holds(next.which, next.id)) continue;
        if (backlog_.state_of(next.which) != backlog_state::deferred) continue;
        const auto* site = known(next.where->key);
        if (site == nullptr) continue;
        const auto left = site->state.suspended_until() - now.steady;
        orders_.waiting(
            backlog_.at(next.which),
            {
                .destination = next.where->key.name(),
                .because = site->last_trouble.diagnostic,
                .until = std::max(ceil<milliseconds>(left), milliseconds(0)),
            }
        );
    }
}

}  // namespace kurir::outbound
