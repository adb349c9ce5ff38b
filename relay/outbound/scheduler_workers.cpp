// The part of the scheduler that shares the workers between destinations: who waits in line, who
// gets a connection, who gives one back.
#include <algorithm>
#include <vector>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

namespace {

// Destinations over their share that are asked again for each worker that was freed.
constexpr std::size_t over_share_max = 16;

}  // namespace

// Every connection that is still opening will take one of those that wait.
bool scheduler::wants_worker(const destination& site, const instant& now) const {
    if (wants_last_chance(site, now)) return true;
    return open_ && !stopping_ && site.rest == nullptr && site.ready.available() > site.starting &&
           site.connections < site.state.concurrency(now.steady) &&
           site.state.not_before(now.steady) <= now.steady;
}

void scheduler::line_up(destination& site, const instant& now) {
    if (site.lined_up) return;
    if (wants_last_chance(site, now)) {
        const auto item = site.last_chance.back();
        const auto priority = backlog_.priority_of(item);
        site.lined_up = true;
        line_.line_up(site, {priority, backlog_.tenant(item), item}, site.proven());
        return;
    }
    if (!park_slowed(site, now) || site.ready.available() <= site.starting) return;
    if (!may_start(site, now)) return;
    if (!wants_worker(site, now)) {
        orders_.withheld(throttle::concurrency);
        return;
    }
    site.lined_up = true;
    line_.line_up(site, site.ready.front(), site.proven());
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
        const auto id = idle_.begin()->second;
        auto& connection = connections_.at(id);
        auto& idle = connection.site->idle;
        const auto found = std::ranges::find(idle, id, &destination::idle_connection::id);
        leave_idle(*found);
        idle.erase(found);
        connection.makes_room = true;
        ++leaving_;
        orders_.disconnect(id);
    }
}

// Where one destination may take every worker, it gives one back for each other that waits for one.
bool scheduler::gives_way(const destination& site) const {
    if (!site.route->any_worker || site.connections < 2) return false;
    const auto waiting = line_.size(true) + line_.size(false) - (site.lined_up ? 1 : 0);
    const auto has_none = [this](bool proven) {
        return line_.size(proven) > 0 && !line_.has_worker(proven);
    };
    return leaving_ < waiting && (has_none(true) || has_none(false));
}

void scheduler::leave_idle(const destination::idle_connection& connection) {
    idle_.erase({connection.until, connection.id});
}

void scheduler::connect(destination& site) {
    const auto id = ++last_connection_;
    connections_[id] = {.site = &site};
    ++site.connections;
    ++site.starting;
    line_.took();
    orders_.connect(id, site.route);
}

}  // namespace kurir::outbound
