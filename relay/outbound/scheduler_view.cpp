// The part of the scheduler that shows operators its destinations.
#include <algorithm>
#include <string_view>
#include <utility>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

destination_view scheduler::view_of(const destination& site, const instant& now) const {
    destination_view made{
        .name = site.route->key.name(),
        .key = site.route->key,
        .hosts = site.route->targets,
        .connections = site.connections,
        .idle = site.idle.size(),
        .starting = site.starting,
        .waiting = site.ready.size() + site.last_chance.size(),
        .learnt = site.state.learnt_at(now.steady),
        .suspended = site.suspended,
        .taken = site.taken,
        .refused = site.refused,
    };
    if (const auto* told = limits_elsewhere_.at(made.name, now.steady)) made.told = told->found;
    explanation state;
    explain_site(site, state, now);
    made.withheld = state.withheld;
    made.until = state.until;
    made.suspended_by = state.suspended_by;
    made.trouble = state.last_trouble;
    if (made.trouble.empty() && site.last_refusal) made.trouble = site.last_refusal->diagnostic;
    if (made.trouble.empty()) made.trouble = site.replies.latest(now.steady);
    for (auto& each : site.replies.at(now.steady)) {
        const auto age = now.steady - each.last;
        made.replies.push_back(
            {.last = now.wall - std::chrono::floor<std::chrono::milliseconds>(age),
             .text = std::move(each.text),
             .count = each.count}
        );
    }
    return made;
}

std::vector<destination_view> scheduler::view_destinations(
    const std::string& first, std::size_t limit, const instant& now
) const {
    std::vector<std::pair<std::string, const destination*>> named;
    for (const auto& site : sites_) {
        auto name = site->route->key.name();
        if (name >= first) named.emplace_back(std::move(name), site.get());
    }
    const auto count = std::min(limit, named.size());
    const auto end = named.begin() + static_cast<std::ptrdiff_t>(count);
    std::ranges::partial_sort(named, end, {}, [](const auto& each) -> const std::string& {
        return each.first;
    });
    std::vector<destination_view> views;
    for (auto each = named.begin(); each != end; ++each)
        views.push_back(view_of(*each->second, now));
    for (const auto& [id, connection] : connections_) {
        const auto name = connection.site->route->key.name();
        const auto found = std::ranges::lower_bound(views, name, {}, &destination_view::name);
        if (found != views.end() && found->name == name) found->under_way += connection.job.size();
    }
    return views;
}

}  // namespace kurir::outbound
