// The part of the scheduler that leaves a destination alone that can't be reached.
#include <chrono>
#include <utility>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

using backlog_state = queue::backlog::state;

void scheduler::unreachable(
    destination& site, const governor::attempt& attempt, const verdict& trouble, const instant& now
) {
    site.state.withdraw(attempt, now.steady);
    suspend(site, trouble, now);
}

// Nobody is there, or nobody knows where.
void scheduler::suspend(destination& site, const verdict& trouble, const instant& now) {
    // Connections that were under way together fail together.
    if (site.state.suspended(now.steady)) return;
    site.state.unreachable(now.steady);
    site.last_trouble = trouble;
    site.borrowed = false;
    site.told = site.told || reaches_anybody(now);
    mark_suspended(site);
    expire(site, now);
    const auto pause = site.state.suspended_until() - now.steady;
    orders_.suspended(site, std::chrono::ceil<std::chrono::milliseconds>(pause));
    wake_at(site, site.state.suspended_until());
}

void scheduler::mark_suspended(destination& site) {
    if (std::exchange(site.suspended, true)) return;
    site.ready.each([&](slot item) {
        backlog_.set_state(item, backlog_state::deferred);
        announce_suspended(site, item);
    });
}

void scheduler::resume(destination& site) {
    if (!std::exchange(site.suspended, false)) return;
    site.ready.each([&](slot item) { backlog_.set_state(item, state_in(site)); });
    if (site.borrowed) site.state.probe_now();  // a connection that was under way knew better
    orders_.resumed(site);
    site.borrowed = false;
    site.told = false;
}

}  // namespace kurir::outbound
