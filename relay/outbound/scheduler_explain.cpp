// The part of the scheduler that answers "why is this message still here?".
#include <algorithm>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

using backlog_state = queue::backlog::state;

namespace {

queue::time_point on_the_wall(net::clock::time_point time, const instant& now) {
    return now.wall + std::chrono::ceil<std::chrono::milliseconds>(time - now.steady);
}

// What a destination said last, or how it failed, of what keeps its mail.
std::string last_words(const destination& site, net::clock::time_point now) {
    if (site.suspended) return site.last_trouble.diagnostic;
    if (site.last_refusal) return site.last_refusal->diagnostic;
    return std::string(site.replies.latest(now));
}

// Of all mail or of a tenant's, and longer than between messages that are only paced.
bool asks_for_pause(
    const destination& site, const std::string& tenant, net::clock::time_point now
) {
    const auto soon = now + std::chrono::seconds(1);
    if (site.state.not_before(now) > soon) {
        return site.state.delay_reason(now) == governor::delay::backoff;
    }
    return site.state.not_before(tenant, now) > soon;
}

}  // namespace

std::vector<explanation> scheduler::explain(queue::message_id id, const instant& now) const {
    std::vector<explanation> found;
    backlog_.each_of(id, [&](slot item) {
        if (!backlog_.has_successor(item)) found.push_back(explain_one(item, now));
    });
    return found;
}

std::shared_ptr<const route> scheduler::route_of(const queue::backlog& all, slot item) const {
    const auto chosen = chosen_.find(choice_of(all, item));
    if (chosen == chosen_.end()) return nullptr;
    return chosen->second.route ? chosen->second.route : chosen->second.last;
}

std::string scheduler::destination_name(slot item) const {
    const auto route = route_of(item);
    return route ? route->key.name() : std::string();
}

scheduler::heading scheduler::heading_of(const queue::backlog& all, slot item, const instant& now)
    const {
    heading made;
    const operator_suspension* order = nullptr;
    if (suspensions_ != nullptr && all.state_of(item) == backlog_state::deferred) {
        order = suspensions_->of_delivery(all, item);
    }
    if (const auto route = route_of(all, item)) {
        made.destination = route->key.name();
        const auto* site = known(route->key);
        if (site != nullptr && site->suspended) {
            made.obstacle = "destination unreachable";
        } else if (site != nullptr && asks_for_pause(*site, all.tenant(item)->first, now.steady)) {
            made.obstacle = "destination in backoff";
        }
        if (!made.obstacle.empty()) made.trouble = last_words(*site, now.steady);
        if (order == nullptr && site != nullptr) order = site->rest;
    }
    if (order != nullptr) made.suspension = sentence_of(*order);
    return made;
}

scheduler::suspended_destinations scheduler::suspended(const instant& now) const {
    suspended_destinations count;
    for (const auto& site : sites_) {
        if (!site->state.suspended(now.steady)) continue;
        ++count.all;
        if (site->route->relayhost) ++count.relayhosts;
    }
    return count;
}

explanation scheduler::explain_one(slot item, const instant& now) const {
    explanation result;
    const auto waiting = backlog_.at(item);
    result.domain = waiting.domain;
    result.recipients = waiting.recipients;
    result.attempts = waiting.attempts;
    result.state = backlog_.state_of(item);
    if (result.state == backlog_state::active) return result;
    if (result.state == backlog_state::held) {
        result.hold = backlog_.terms(item)->hold;
        return result;
    }
    const auto* site = site_of(item);
    if (const auto* order = site == nullptr ? suspension_of(item) : nullptr) {
        result.suspended_by = *order;
        return result;
    }
    if (site == nullptr) {
        if (waiting.due > now.wall) {
            result.withheld = throttle::backoff;
            result.until = waiting.due;
        }
        return result;
    }
    result.site = site->route->key.name();
    result.ahead_at_most = std::max<std::size_t>(site->ready.size(), 1) - 1;
    explain_site(*site, result, now);
    explain_tenant(*site, backlog_.tenant(item)->first, result, now);
    return result;
}

void scheduler::explain_site(const destination& site, explanation& result, const instant& now)
    const {
    const auto& state = site.state;
    const bool proven = site.proven();
    if (site.suspended) result.last_trouble = site.last_trouble.diagnostic;
    if (site.rest != nullptr) {
        result.suspended_by = *site.rest;
        return;
    }
    if (state.suspended(now.steady)) {
        result.withheld = throttle::suspended;
        result.until = on_the_wall(state.suspended_until(), now);
    } else if (state.not_before(now.steady) > now.steady) {
        const bool by_rate = state.delay_reason(now.steady) == governor::delay::rate;
        result.withheld = by_rate ? throttle::rate : throttle::backoff;
        const auto start = state.not_before(now.steady);
        if (start < net::clock::time_point::max()) result.until = on_the_wall(start, now);
        if (!by_rate) result.last_trouble = last_words(site, now.steady);
    } else if (site.connections >= state.concurrency(now.steady)) {
        result.withheld = throttle::concurrency;
    } else {
        switch (line_.may_connect(site, proven)) {
            case worker_line::answer::no_worker:
                result.withheld = throttle::workers;
                break;
            case worker_line::answer::over_share:
                result.withheld = throttle::fair_share;
                break;
            case worker_line::answer::yes:
                break;
        }
    }
}

// Its tenant alone may have to wait.
void scheduler::explain_tenant(
    const destination& site, const std::string& tenant, explanation& result, const instant& now
) const {
    const auto start = site.state.not_before(tenant, now.steady);
    if (result.withheld || result.suspended_by || start <= now.steady) return;
    result.withheld = throttle::backoff;
    if (start < net::clock::time_point::max()) result.until = on_the_wall(start, now);
    result.last_trouble = last_words(site, now.steady);
}

// The destination to which its route leads. Mail that is ready for another one is on its way there.
destination* scheduler::likely_site(slot item) const {
    const auto route = route_of(item);
    return route ? known(route->key) : nullptr;
}

// The destination for which it is ready, or has its last chance; null if there is none.
const destination* scheduler::site_of(slot item) const {
    if (schedule_.has(item) || aside_.suspension_of(item)) return nullptr;
    const auto is_at = [item](const destination& site) {
        bool found = false;
        site.ready.each([&](slot each) { found = found || each == item; });
        return found || std::ranges::find(site.last_chance, item) != site.last_chance.end();
    };
    const auto* likely = likely_site(item);
    if (likely != nullptr && is_at(*likely)) return likely;
    const auto site = std::ranges::find_if(sites_, [&](const auto& each) { return is_at(*each); });
    return site == sites_.end() ? nullptr : site->get();
}

}  // namespace kurir::outbound
