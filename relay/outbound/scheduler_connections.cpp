// The part of the scheduler that hears from connections: what one does next, and what its last job
// says of the destination.
#include <algorithm>
#include <utility>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

namespace {

// Connections that were refused one after the other by a destination that took no mail lately:
// then it is as good as dead.
constexpr unsigned refused_sessions_max = 5;

}  // namespace

void scheduler::wants_work(connection_id id, const report& last, const instant& now) {
    auto& connection = connections_.at(id);
    auto& site = *connection.site;
    take(connection, id, last, now);
    const bool has_none = site.state.own_part().connections == 0;
    const auto wanted = has_none ? 0 : std::max<std::size_t>(site.state.concurrency(now.steady), 1);
    if (stopping_ || site.connections > wanted) {
        orders_.disconnect(id);
        return;
    }
    if (gives_way(site)) {
        connection.makes_room = true;
        ++leaving_;
        orders_.disconnect(id);
        return;
    }
    site.idle.push_back({.id = id, .until = now.steady + limits_.connection_idle});
    idle_.emplace(site.idle.back().until, id);
    pump(site, now);
    for (const bool proven : {true, false}) {
        if (line_.size(proven) > 0 && !line_.has_worker(proven)) make_room();
    }
    if (!site.idle.empty()) wake_at(site, site.idle.front().until);
}

void scheduler::finished(connection_id id, const report& last, const instant& now) {
    take(connections_.at(id), id, last, now);
}

void scheduler::ended(connection_id id, const report& last, const instant& now) {
    auto& connection = connections_.at(id);
    auto& site = *connection.site;
    take(connection, id, last, now);
    if (connection.makes_room) --leaving_;
    connections_.erase(id);
    site.established.erase(id);
    --site.connections;
    line_.freed();
    pump(site, now);
    serve_line(true, now);
    serve_line(false, now);
    if (site.connections == 0 && site.ready.empty()) look_at(site, now);
}

// What the last job of a connection says of its destination.
void scheduler::take(
    connection& connection, connection_id id, const report& last, const instant& now
) {
    auto& site = *connection.site;
    if (std::exchange(connection.starting, false)) --site.starting;
    if (connection.job.empty()) return;
    const auto attempt = std::exchange(connection.attempt, {});
    const auto sender = backlog_.tenant(connection.job.front());
    for (const auto done : std::exchange(connection.job, {}))
        backlog_.erase(done);
    learn(site, attempt, last, now);
    tell_limits(site, now);
    if (last.result == report::kind::succeeded) {
        site.established.insert(id);
        resume(site);
    }
    // It may have been parked until this ended.
    if (site.parked.remove(sender)) site.ready.release(sender);
}

void scheduler::learn(
    destination& site, const governor::attempt& attempt, const report& last, const instant& now
) {
    const auto end = [&](answer result) {
        site.state.ended(attempt, result, last.fewer, now.steady);
    };
    if (last.result == report::kind::succeeded) {
        ++site.taken;
        last_taken_ = now.steady;
    } else if (last.result != report::kind::nothing && last.result != report::kind::none) {
        ++site.refused;
        site.replies.add(last.why.diagnostic, now.steady);
    }
    switch (last.result) {
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
            const bool alive = site.proven() || site.state.proven(now.steady);
            const bool answers = last.result == report::kind::no_session &&
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

}  // namespace kurir::outbound
