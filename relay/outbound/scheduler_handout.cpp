// The part of the scheduler that gives the mail of a destination to its connections, or finds what
// withholds it.
#include <algorithm>
#include <utility>

#include "relay/outbound/claim_plan.hpp"
#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

using net::clock;
using backlog_state = queue::backlog::state;

namespace {

throttle throttle_of(governor::delay delay) {
    return delay == governor::delay::rate ? throttle::rate : throttle::backoff;
}

}  // namespace

// What a relay that is gone should have sent does not wait behind what came here since.
void scheduler::push(destination& site, slot item, const instant& now) {
    backlog_.set_state(item, state_in(site));
    const bool is_late = backlog_.due(item) <= now.wall - claim_plan::unclaimed_min;
    site.ready.push(item, is_late && backlog_.is_from_elsewhere(item));
    if (site.suspended) announce_suspended(site, item);
}

// Gives a destination's mail to its connections, or finds what withholds it.
void scheduler::pump(destination& site, const instant& now) {
    if (!open_ || stopping_ || site.rest != nullptr) return;
    if (site.state.own_part().connections == 0) {
        give_away(site, now);
        return;
    }
    draw_tokens(site, now);
    if (!site.last_chance.empty()) pump_last_chances(site, now);
    if (site.ready.empty()) return;
    ask_others(site, now);
    if (site.state.suspended(now.steady)) {
        orders_.withheld(throttle::suspended);
        mark_suspended(site);
        wake_at(site, site.state.suspended_until());
        return;
    }
    // A destination that was suspended is tried by the route as it is now.
    const bool asking = refresh(site, now);
    if (site.ready.empty() || (asking && site.suspended)) return;

    while (!site.idle.empty() && park_slowed(site, now)) {
        if (!may_start(site, now)) return;
        // The one that became idle last, so that the others can end.
        const auto next = site.idle.back();
        site.idle.pop_back();
        leave_idle(next);
        hand_out(site, next.id, now);
    }
    line_up(site, now);
    serve_line(true, now);
    serve_line(false, now);
}

// What was never tried and can wait no longer goes before all, whatever else is asked for: but not
// without a token of a rate that all nodes keep together. If there is no worker, its destination
// waits in line.
void scheduler::pump_last_chances(destination& site, const instant& now) {
    while (!site.last_chance.empty() && !site.idle.empty() && site.state.has_token(now.steady)) {
        const auto next = site.idle.back();
        site.idle.pop_back();
        leave_idle(next);
        const auto first = site.last_chance.back();
        site.last_chance.pop_back();
        give_out(site, first, next.id, now);
    }
    while (wants_last_chance(site, now) && line_.free() > 0)
        connect(site);
    if (!wants_last_chance(site, now)) return;
    line_up(site, now);
    serve_line(true, now);
    serve_line(false, now);
}

bool scheduler::wants_last_chance(const destination& site, const instant& now) const {
    const auto most = std::max<std::size_t>(site.state.concurrency(now.steady), 1);
    if (!site.state.has_token(now.steady)) return false;
    return open_ && !stopping_ && site.rest == nullptr && site.last_chance.size() > site.starting &&
           site.connections < most;
}

// Puts the mail of tenants aside that may not go yet. True if some mail is left.
bool scheduler::park_slowed(destination& site, const instant& now) {
    while (const auto released = site.parked.next(now.steady))
        site.ready.release(*released);
    site.ready.park_unless(
        [&](const auto& sender) {
            return site.state.not_before(sender.first, now.steady) <= now.steady;
        },
        [&](parked_senders::sender sender) {
            orders_.withheld(throttle::backoff);
            site.parked.add(sender, site.state.not_before(sender->first, now.steady));
        }
    );
    if (site.ready.available() > 0) return true;
    const auto first = site.parked.first();
    if (first && *first < clock::time_point::max()) wake_at(site, *first);
    return false;
}

// The rate, or what the destination has taught us, may ask for a pause between two messages.
bool scheduler::may_start(destination& site, const instant& now) {
    const auto start = site.state.not_before(now.steady);
    if (start <= now.steady) return true;
    orders_.withheld(throttle_of(site.state.delay_reason(now.steady)));
    // While a probe is under way its end decides.
    if (start < clock::time_point::max()) wake_at(site, start);
    return false;
}

void scheduler::hand_out(destination& site, connection_id id, const instant& now) {
    give_out(site, *site.ready.pop(), id, now);
}

void scheduler::give_out(destination& site, slot first, connection_id id, const instant& now) {
    auto& connection = connections_.at(id);
    auto& slots = connection.job;
    slots = {first};
    if (site.route->any_domain) {
        const auto companions = site.ready.pop_companions(slots.front());
        slots.insert(slots.end(), companions.begin(), companions.end());
    }
    job next;
    for (const auto item : slots) {
        backlog_.set_state(item, backlog_state::active);
        next.push_back(backlog_.at(item));
    }
    const bool never_tried = backlog_.attempts(first) == 0;
    const governor::connection state{
        .open = site.connections,
        .served = site.established.size(),
        .fresh = !site.established.contains(id),
    };
    const auto& tenant = backlog_.tenant(first)->first;
    site.unneeded_since.reset();
    connection.attempt = site.state.started(tenant, state, never_tried, now.steady);
    orders_.deliver(id, std::move(next));
}

}  // namespace kurir::outbound
