// The part of the scheduler that believes other relays of the queue, within bounds (GOVERNOR.md).
#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

bool scheduler::reaches_anybody(const instant& now) const {
    return last_taken_ && now.steady - *last_taken_ < network_proven_for;
}

void scheduler::heard(news told, const instant& now) {
    std::unordered_map<std::string, destination*> named;
    for (const auto& site : sites_)
        named.emplace(site->route->key.name(), site.get());
    const auto site_of = [&named](const std::string& name) {
        const auto known = named.find(name);
        return known == named.end() ? nullptr : known->second;
    };
    for (auto& each : told.trouble) {
        auto* site = site_of(each.destination);
        if (!each.pause) {
            troubles_elsewhere_.forget(each.destination);
            if (site != nullptr && site->borrowed) probe(*site, now);
            continue;
        }
        trouble_elsewhere found{
            .until = now.steady + *each.pause, .because = std::move(each.because)
        };
        if (site != nullptr) leave_alone(*site, found, now);
        troubles_elsewhere_.note(each.destination, std::move(found), now.steady);
    }
    for (const auto& each : told.limits) {
        limits_elsewhere_.forget(each.destination);
        if (each.found.empty()) continue;
        if (auto* site = site_of(each.destination)) site->state.begin_with(each.found, now.steady);
        const auto until =
            now.steady + std::min<std::chrono::milliseconds>(each.left, limits_told_for);
        limits_elsewhere_.note(each.destination, {.until = until, .found = each.found}, now.steady);
    }
}

void scheduler::ask_others(destination& site, const instant& now) {
    if (std::exchange(site.asked_others, true)) return;
    if (troubles_elsewhere_.empty() && limits_elsewhere_.empty()) return;
    const auto name = site.route->key.name();
    if (const auto* told = limits_elsewhere_.at(name, now.steady)) {
        site.state.begin_with(told->found, now.steady);
    }
    if (const auto* told = troubles_elsewhere_.at(name, now.steady)) leave_alone(site, *told, now);
}

void scheduler::tell_limits(destination& site, const instant& now) {
    const auto found = site.state.limits_found();
    if (!is_news(site.limits_told, found, now.steady)) return;
    site.limits_told = {.limits = found, .at = now.steady};
    orders_.limits_found(site, found);
}

// Unless our own experience says something else.
void scheduler::leave_alone(destination& site, const trouble_elsewhere& found, const instant& now) {
    if (site.suspended && !site.borrowed) return;
    if (site.proven() || site.state.taken_within(own_word_counts_for, now.steady)) return;
    site.state.leave_alone(found.until);
    site.last_trouble = judge(stage::connect, boost::asio::error::host_unreachable);
    site.last_trouble.diagnostic = "another relay of the queue: " + found.because;
    site.borrowed = true;
    mark_suspended(site);
    wake_at(site, found.until);
}

}  // namespace kurir::outbound
