// The part of the scheduler that believes other relays of the queue, within bounds (GOVERNOR.md).
#include <boost/asio/error.hpp>

#include <utility>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

bool scheduler::reaches_anybody(const instant& now) const {
    return last_taken_ && now.steady - *last_taken_ < network_proven_for;
}

void scheduler::heard(std::vector<word_of_others> news, const instant& now) {
    std::unordered_map<std::string, destination*> named;
    for (const auto& site : sites_)
        named.emplace(site->route->key.name(), site.get());
    for (auto& each : news) {
        const auto known = named.find(each.destination);
        auto* site = known == named.end() ? nullptr : known->second;
        if (!each.pause) {
            elsewhere_.forget(each.destination);
            if (site != nullptr && site->borrowed) probe(*site, now);
            continue;
        }
        trouble_elsewhere::trouble found{
            .until = now.steady + *each.pause, .because = std::move(each.because)
        };
        if (site != nullptr) leave_alone(*site, found, now);
        elsewhere_.note(each.destination, std::move(found), now.steady);
    }
}

void scheduler::ask_others(destination& site, const instant& now) {
    if (std::exchange(site.asked_others, true) || elsewhere_.empty()) return;
    if (const auto* found = elsewhere_.at(site.route->key.name(), now.steady)) {
        leave_alone(site, *found, now);
    }
}

// Unless our own experience says something else.
void scheduler::leave_alone(
    destination& site, const trouble_elsewhere::trouble& found, const instant& now
) {
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
