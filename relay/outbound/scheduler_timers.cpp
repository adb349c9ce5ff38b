// The part of the scheduler that looks at a destination again when it is time, and forgets it when
// nothing is left of it.
#include <algorithm>
#include <vector>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

using namespace std::chrono_literals;
using net::clock;

namespace {

// How long what was learnt of a destination is kept when nothing is left for it.
constexpr auto memory_of_site = 10min;

}  // namespace

// Moves the time of the next look at a destination forward, never back.
void scheduler::wake_at(destination& site, clock::time_point time) {
    if (site.timer) {
        if ((*site.timer)->first <= time) return;
        timers_.erase(*site.timer);
    }
    site.timer = timers_.emplace(time, &site);
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
        orders_.disconnect(each.id);
        return true;
    });
    pump(site, now);
    if (!site.idle.empty()) wake_at(site, site.idle.front().until);
    give_back_unneeded(site, now);
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
    const auto end = std::max(
        {*site.idle_since + memory_of_site, site.state.suspended_until(), site.state.rate_until()}
    );
    if (now.steady < end) {
        wake_at(site, end);
        return;
    }
    if (site.lined_up) line_.leave(site);
    if (site.timer) timers_.erase(*site.timer);
    sites_.erase(sites_.find(site.route->key));
}

}  // namespace kurir::outbound
