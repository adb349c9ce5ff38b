// The half of the scheduler that knows connections: which destination gets one, and what a
// connection is given next.
#include <algorithm>
#include <cassert>
#include <utility>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

using namespace std::chrono_literals;
using net::clock;
using backlog_state = queue::backlog::state;

namespace {

// How long what was learnt of a destination is kept when nothing is left for it.
constexpr auto memory_of_site = 10min;

// Destinations over their share that are asked again for each worker that was freed.
constexpr std::size_t over_share_max = 16;

// Connections that were refused one after the other by a destination that took no mail lately:
// then it is as good as dead.
constexpr unsigned refused_sessions_max = 5;

bool is_proven(const destination& site) {
    return !site.established.empty();
}

throttle reason_of(governor::delay why) {
    return why == governor::delay::rate ? throttle::rate : throttle::backoff;
}

}  // namespace

void scheduler::push(destination& to, slot which) {
    backlog_.set_state(which, to.suspended ? backlog_state::deferred : backlog_state::ready);
    to.ready.push(which);
    if (to.suspended) announce_suspended(to, which);
}

// Gives a destination's mail to its connections, or finds what withholds it.
void scheduler::pump(destination& to, const instant& now) {
    if (!open_ || stopping_) return;
    if (!to.last_chance.empty()) pump_last_chances(to, now);
    if (to.ready.empty()) return;
    if (to.state.suspended(now.steady)) {
        orders_.withheld(throttle::suspended);
        mark_suspended(to);
        wake_at(to, to.state.suspended_until());
        return;
    }
    // A destination that was left alone is tried by the route as it is now.
    const bool asking = refresh(to, now);
    if (to.ready.empty() || (asking && to.suspended)) return;

    while (!to.idle.empty() && park_slowed(to, now)) {
        if (!may_start(to, now)) return;
        // The one that became idle last, so that the others can end.
        const auto next = to.idle.back();
        to.idle.pop_back();
        leave_idle(next);
        hand_out(to, next.which, now);
    }
    line_up(to, now);
    serve_line(true, now);
    serve_line(false, now);
}

// What was never tried and can wait no longer goes before all, whatever else is asked for. If there
// is no worker, its destination waits in line.
void scheduler::pump_last_chances(destination& to, const instant& now) {
    while (!to.last_chance.empty() && !to.idle.empty()) {
        const auto next = to.idle.back();
        to.idle.pop_back();
        leave_idle(next);
        const auto first = to.last_chance.back();
        to.last_chance.pop_back();
        give_out(to, first, next.which, now);
    }
    while (wants_last_chance(to, now) && line_.free() > 0)
        connect(to);
    if (!wants_last_chance(to, now)) return;
    line_up(to, now);
    serve_line(true, now);
    serve_line(false, now);
}

bool scheduler::wants_last_chance(const destination& site, const instant& now) const {
    const auto most = std::max<std::size_t>(site.state.concurrency(now.steady), 1);
    return open_ && !stopping_ && site.last_chance.size() > site.starting &&
           site.connections < most;
}

// Puts the mail of tenants aside that may not go yet. True if some mail is left.
bool scheduler::park_slowed(destination& site, const instant& now) {
    while (const auto who = site.parked.next(now.steady))
        site.ready.release(*who);
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
bool scheduler::may_start(destination& at, const instant& now) {
    const auto from = at.state.not_before(now.steady);
    if (from <= now.steady) return true;
    orders_.withheld(reason_of(at.state.delay_reason(now.steady)));
    // While a probe is under way its end decides.
    if (from < clock::time_point::max()) wake_at(at, from);
    return false;
}

void scheduler::hand_out(destination& from, connection_id to, const instant& now) {
    give_out(from, *from.ready.pop(), to, now);
}

void scheduler::give_out(destination& from, slot first, connection_id to, const instant& now) {
    auto& taking = connections_.at(to);
    auto& slots = taking.job;
    slots = {first};
    if (from.where->any_domain) {
        const auto companions = from.ready.pop_companions(slots.front());
        slots.insert(slots.end(), companions.begin(), companions.end());
    }
    job what;
    for (const auto which : slots) {
        backlog_.set_state(which, backlog_state::active);
        what.push_back(backlog_.at(which));
    }
    const bool never_tried = backlog_.attempts(first) == 0;
    const governor::connection its{
        .open = from.connections,
        .served = from.established.size(),
        .fresh = !from.established.contains(to),
    };
    const auto& tenant = backlog_.tenant(first)->first;
    taking.attempt = from.state.started(tenant, its, never_tried, now.steady);
    orders_.deliver(to, std::move(what));
}

// Every connection that is still opening will take one of those that wait.
bool scheduler::wants_worker(const destination& site, const instant& now) const {
    if (wants_last_chance(site, now)) return true;
    return open_ && !stopping_ && site.ready.available() > site.starting &&
           site.connections < site.state.concurrency(now.steady) &&
           site.state.not_before(now.steady) <= now.steady;
}

void scheduler::line_up(destination& site, const instant& now) {
    if (site.lined_up) return;
    if (wants_last_chance(site, now)) {
        const auto which = site.last_chance.back();
        const auto priority = backlog_.priority_of(which);
        site.lined_up = true;
        line_.line_up(site, {priority, backlog_.tenant(which), which}, is_proven(site));
        return;
    }
    if (!park_slowed(site, now) || site.ready.available() <= site.starting) return;
    if (!may_start(site, now)) return;
    if (!wants_worker(site, now)) {
        orders_.withheld(throttle::concurrency);
        return;
    }
    site.lined_up = true;
    line_.line_up(site, site.ready.front(), is_proven(site));
}

void scheduler::serve_line(bool proven, const instant& now) {
    std::vector<destination*> over_share;
    while (line_.size(proven) > 0 && over_share.size() < over_share_max) {
        if (!line_.has_worker(proven)) {
            orders_.withheld(throttle::workers);
            make_room();
            break;
        }
        auto& site = **line_.next(proven);
        site.lined_up = false;
        if (!wants_worker(site, now)) continue;
        if (line_.may_connect(site, proven) == worker_line::answer::yes) {
            connect(site);
            line_up(site, now);
        } else {
            over_share.push_back(&site);
        }
    }
    for (auto* site : over_share) {
        orders_.withheld(throttle::fair_share);
        line_up(*site, now);
    }
}

// A connection that has no work gives way to destinations that have: the one that has had none for
// longest goes first, and no more than there are destinations in line.
void scheduler::make_room() {
    while (!idle_.empty() && leaving_ < line_.size(true) + line_.size(false)) {
        const auto which = idle_.begin()->second;
        auto& going = connections_.at(which);
        auto& idle = going.site->idle;
        const auto found = std::ranges::find(idle, which, &destination::idle_connection::which);
        leave_idle(*found);
        idle.erase(found);
        going.makes_room = true;
        ++leaving_;
        orders_.disconnect(which);
    }
}

// Where one destination may take every worker, it gives one back for each other that waits for one.
bool scheduler::gives_way(const destination& site) const {
    if (!site.where->any_worker || site.connections < 2) return false;
    const auto waiting = line_.size(true) + line_.size(false) - (site.lined_up ? 1 : 0);
    const auto has_none = [this](bool proven) {
        return line_.size(proven) > 0 && !line_.has_worker(proven);
    };
    return leaving_ < waiting && (has_none(true) || has_none(false));
}

void scheduler::leave_idle(const destination::idle_connection& which) {
    idle_.erase({which.until, which.which});
}

void scheduler::connect(destination& to) {
    const auto which = ++last_connection_;
    connections_[which] = {.site = &to};
    ++to.connections;
    ++to.starting;
    line_.took();
    orders_.connect(which, to.where);
}

void scheduler::wants_work(connection_id which, const report& last, const instant& now) {
    auto& asking = connections_.at(which);
    auto& site = *asking.site;
    take(asking, which, last, now);
    const auto wanted = std::max<std::size_t>(site.state.concurrency(now.steady), 1);
    if (stopping_ || site.connections > wanted) {
        orders_.disconnect(which);
        return;
    }
    if (gives_way(site)) {
        asking.makes_room = true;
        ++leaving_;
        orders_.disconnect(which);
        return;
    }
    site.idle.push_back({.which = which, .until = now.steady + limits_.connection_idle});
    idle_.emplace(site.idle.back().until, which);
    pump(site, now);
    for (const bool proven : {true, false}) {
        if (line_.size(proven) > 0 && !line_.has_worker(proven)) make_room();
    }
    if (!site.idle.empty()) wake_at(site, site.idle.front().until);
}

void scheduler::finished(connection_id which, const report& last, const instant& now) {
    take(connections_.at(which), which, last, now);
}

void scheduler::ended(connection_id which, const report& last, const instant& now) {
    auto& ending = connections_.at(which);
    auto& site = *ending.site;
    take(ending, which, last, now);
    if (ending.makes_room) --leaving_;
    connections_.erase(which);
    site.established.erase(which);
    --site.connections;
    line_.freed();
    pump(site, now);
    serve_line(true, now);
    serve_line(false, now);
    if (site.connections == 0 && site.ready.empty()) look_at(site, now);
}

// What the last job of a connection says of its destination.
void scheduler::take(connection& of, connection_id which, const report& last, const instant& now) {
    auto& site = *of.site;
    if (std::exchange(of.starting, false)) --site.starting;
    if (of.job.empty()) return;
    const auto attempt = std::exchange(of.attempt, {});
    const auto sender = backlog_.tenant(of.job.front());
    for (const auto done : std::exchange(of.job, {}))
        backlog_.erase(done);
    learn(site, attempt, last, now);
    if (last.what == report::kind::succeeded) {
        site.established.insert(which);
        resume(site);
    }
    // It may have been parked until this ended.
    if (site.parked.remove(sender)) site.ready.release(sender);
}

void scheduler::learn(
    destination& site, const governor::attempt& attempt, const report& last, const instant& now
) {
    const auto end = [&](answer how) { site.state.ended(attempt, how, last.fewer, now.steady); };
    switch (last.what) {
        case report::kind::succeeded:
            return end(answer::taken);
        case report::kind::refused:
            site.last_refusal = last.why;
            return end(answer::refused);
        case report::kind::put_off:
            return end(answer::put_off);
        case report::kind::no_session:
        case report::kind::unreachable: {
            // A host that took mail a moment ago and does not answer now is busy, not dead.
            const bool alive = is_proven(site) || site.state.proven(now.steady);
            const bool answers = last.what == report::kind::no_session &&
                                 site.state.sessions_refused() < refused_sessions_max;
            if (!alive && !answers) return unreachable(site, attempt, last.why, now);
            site.last_refusal = last.why;
            return end(answer::no_session);
        }
        case report::kind::nothing:
        case report::kind::none:
            return end(answer::withdrawn);
    }
}

void scheduler::unreachable(
    destination& site, const governor::attempt& attempt, const verdict& why, const instant& now
) {
    site.state.withdraw(attempt, now.steady);
    suspend(site, why, now);
}

// Nobody is there, or nobody knows where.
void scheduler::suspend(destination& site, const verdict& why, const instant& now) {
    // Connections that were under way together fail together.
    if (site.state.suspended(now.steady)) return;
    site.state.unreachable(now.steady);
    site.last_trouble = why;
    mark_suspended(site);
    expire(site, now);
    const auto pause = site.state.suspended_until() - now.steady;
    orders_.suspended(site, std::chrono::ceil<std::chrono::milliseconds>(pause));
    wake_at(site, site.state.suspended_until());
}

void scheduler::mark_suspended(destination& site) {
    if (std::exchange(site.suspended, true)) return;
    site.ready.each([&](slot which) {
        backlog_.set_state(which, backlog_state::deferred);
        announce_suspended(site, which);
    });
}

void scheduler::resume(destination& site) {
    if (!std::exchange(site.suspended, false)) return;
    site.ready.each([this](slot which) { backlog_.set_state(which, backlog_state::ready); });
    orders_.resumed(site);
}

// Moves the time of the next look at a destination forward, never back.
void scheduler::wake_at(destination& site, clock::time_point when) {
    if (site.timer) {
        if ((*site.timer)->first <= when) return;
        timers_.erase(*site.timer);
    }
    site.timer = timers_.emplace(when, &site);
}

void scheduler::fire_timers(const instant& now) {
    while (!timers_.empty() && timers_.begin()->first <= now.steady) {
        auto& site = *timers_.begin()->second;
        timers_.erase(timers_.begin());
        site.timer.reset();
        look_at(site, now);
    }
}

// Sends idle connections home whose time is over, gives out what may go, and forgets the
// destination when nothing is left of it.
void scheduler::look_at(destination& site, const instant& now) {
    std::erase_if(site.idle, [&](const destination::idle_connection& each) {
        if (each.until > now.steady) return false;
        leave_idle(each);
        orders_.disconnect(each.which);
        return true;
    });
    pump(site, now);
    if (!site.idle.empty()) wake_at(site, site.idle.front().until);
    forget_in_time(site, now);
}

void scheduler::forget_in_time(destination& site, const instant& now) {
    const bool idle =
        site.connections == 0 && site.ready.empty() && site.last_chance.empty() && !site.refreshing;
    if (!idle) {
        site.idle_since.reset();
        return;
    }
    if (!site.idle_since) site.idle_since = now.steady;
    const auto end = std::max(*site.idle_since + memory_of_site, site.state.suspended_until());
    if (now.steady < end) {
        wake_at(site, end);
        return;
    }
    if (site.lined_up) line_.leave(site);
    if (site.timer) timers_.erase(*site.timer);
    sites_.erase(sites_.find(site.where->key));
}

}  // namespace kurir::outbound
