// The part of the scheduler that answers "why is this message still here?".
#include <algorithm>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

using backlog_state = queue::backlog::state;

namespace {

queue::time_point on_the_wall(net::clock::time_point when, const instant& now) {
    return now.wall + std::chrono::ceil<std::chrono::milliseconds>(when - now.steady);
}

}  // namespace

std::vector<explanation> scheduler::explain(queue::message_id id, const instant& now) const {
    std::vector<explanation> found;
    backlog_.each([&](slot which) {
        if (backlog_.id(which) == id) found.push_back(explain_one(which, now));
    });
    return found;
}

scheduler::suspended_destinations scheduler::suspended(const instant& now) const {
    suspended_destinations count;
    for (const auto& site : sites_) {
        if (!site->state.suspended(now.steady)) continue;
        ++count.all;
        if (site->where->relayhost) ++count.relayhosts;
    }
    return count;
}

explanation scheduler::explain_one(slot which, const instant& now) const {
    explanation made;
    const auto waiting = backlog_.at(which);
    made.domain = waiting.domain;
    made.recipients = waiting.recipients.size();
    made.attempts = waiting.attempts;
    made.state = backlog_.state_of(which);
    if (made.state == backlog_state::active) return made;
    const auto* site = site_of(which);
    if (site == nullptr) {
        if (waiting.due > now.wall) {
            made.withheld = throttle::backoff;
            made.until = waiting.due;
        }
        return made;
    }
    made.site = site->where->key.name();
    made.ahead_at_most = std::max<std::size_t>(site->ready.size(), 1) - 1;
    explain_site(*site, made, now);
    explain_tenant(*site, backlog_.tenant(which)->first, made, now);
    return made;
}

void scheduler::explain_site(const destination& site, explanation& into, const instant& now) const {
    const auto& state = site.state;
    const auto proven = !site.established.empty();
    if (site.suspended) into.last_trouble = site.last_trouble.diagnostic;
    if (state.suspended(now.steady)) {
        into.withheld = throttle::suspended;
        into.until = on_the_wall(state.suspended_until(), now);
    } else if (state.not_before(now.steady) > now.steady) {
        const bool by_rate = state.delay_reason(now.steady) == governor::delay::rate;
        into.withheld = by_rate ? throttle::rate : throttle::backoff;
        const auto from = state.not_before(now.steady);
        if (from < net::clock::time_point::max()) into.until = on_the_wall(from, now);
        if (!by_rate && site.last_refusal) into.last_trouble = site.last_refusal->diagnostic;
    } else if (site.connections >= state.concurrency(now.steady)) {
        into.withheld = throttle::concurrency;
    } else {
        switch (line_.may_connect(site, proven)) {
            case worker_line::answer::no_worker:
                into.withheld = throttle::workers;
                break;
            case worker_line::answer::over_share:
                into.withheld = throttle::fair_share;
                break;
            case worker_line::answer::yes:
                break;
        }
    }
}

// Its tenant alone may have to wait.
void scheduler::explain_tenant(
    const destination& site, const std::string& tenant, explanation& into, const instant& now
) const {
    const auto from = site.state.not_before(tenant, now.steady);
    if (into.withheld || from <= now.steady) return;
    into.withheld = throttle::backoff;
    if (from < net::clock::time_point::max()) into.until = on_the_wall(from, now);
    if (site.last_refusal) into.last_trouble = site.last_refusal->diagnostic;
}

// The destination for which it is ready, or has its last chance; null if there is none.
const destination* scheduler::site_of(slot which) const {
    for (const auto& site : sites_) {
        bool found = false;
        site->ready.each([&](slot each) { found = found || each == which; });
        found = found || std::ranges::find(site->last_chance, which) != site->last_chance.end();
        if (found) return site.get();
    }
    return nullptr;
}

}  // namespace kurir::outbound
