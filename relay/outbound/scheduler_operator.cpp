// The part of the scheduler that leaves mail alone which an operator has suspended.
//
// A destination that is suspended keeps its mail, and is passed over. Mail that is suspended for
// what it is itself is set aside before its route is looked up: no list of a destination has it.
#include <algorithm>
#include <chrono>
#include <utility>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

using backlog_state = queue::backlog::state;

namespace {

constexpr auto least_time_after = std::chrono::minutes(5);
constexpr auto most_time_after = std::chrono::hours(24);

}  // namespace

void scheduler::set_suspensions(
    std::shared_ptr<const operator_suspensions> all, const instant& now
) {
    const auto before = std::exchange(suspensions_, all->empty() ? nullptr : std::move(all));
    if (before != nullptr) give_time_after(*before, now);
    for (const auto& site : sites_)
        rest_as_ordered(*site);
    // What is set aside by one that ended is due, and comes some hundreds at a time.
    std::erase_if(aside_, [&](const auto& entry) {
        if (suspensions_ != nullptr && suspensions_->has(entry.first)) return false;
        for (const auto item : entry.second) {
            backlog_.set_due(item, std::min(backlog_.due(item), now.wall));
            schedule_.insert(item);
        }
        return true;
    });
    if (suspensions_ != nullptr) set_waiting_aside();
    release_due(now);
    for (const auto& site : sites_)
        pump(*site, now);
}

// Its mail may be older than its lifetime, and there may be more than can be tried at once.
void scheduler::give_time_after(const operator_suspensions& before, const instant& now) {
    using std::chrono::milliseconds;
    for (const auto& each : before.all()) {
        if (suspensions_ != nullptr && suspensions_->has(each.number)) continue;
        const auto lasted = std::chrono::duration_cast<milliseconds>(each.until - each.since);
        const auto given = std::clamp<milliseconds>(lasted, least_time_after, most_time_after);
        untried_until_ = std::max(untried_until_, now.steady + given);
    }
}

// What waits for its route or for a connection.
void scheduler::set_waiting_aside() {
    const auto is_meant = [this](slot item) {
        return suspensions_->of_delivery(backlog_, item) != nullptr;
    };
    for (auto& [choice, chosen] : chosen_) {
        std::erase_if(chosen.waiting, [this](slot item) { return set_aside_as_ordered(item); });
    }
    for (const auto& site : sites_) {
        for (const auto item : site->ready.extract_if(is_meant))
            set_aside_as_ordered(item);
        std::erase_if(site->last_chance, [this](slot item) { return set_aside_as_ordered(item); });
    }
}

bool scheduler::set_aside_as_ordered(slot item) {
    const auto* suspension = suspensions_->of_delivery(backlog_, item);
    if (suspension == nullptr) return false;
    backlog_.set_state(item, backlog_state::deferred);
    aside_[suspension->number].push_back(item);
    return true;
}

void scheduler::set_aside(
    std::vector<queue::delivery> untried, std::uint64_t suspension, const instant& now
) {
    if (suspensions_ == nullptr || !suspensions_->has(suspension)) {
        arrived(std::move(untried), now);
        return;
    }
    for (auto& each : untried) {
        const auto item = backlog_.insert(std::move(each));
        backlog_.set_state(item, backlog_state::deferred);
        aside_[suspension].push_back(item);
    }
}

void scheduler::rest_as_ordered(destination& site) {
    const auto& key = site.route->key;
    const auto* before = site.rest;
    site.rest =
        suspensions_ == nullptr ? nullptr : suspensions_->of_destination(key.name(), key.route);
    if ((before == nullptr) == (site.rest == nullptr)) return;
    site.ready.each([&](slot item) { backlog_.set_state(item, state_in(site)); });
}

backlog_state scheduler::state_in(const destination& site) {
    return site.suspended || site.rest != nullptr ? backlog_state::deferred : backlog_state::ready;
}

const operator_suspension* scheduler::suspension_of(slot item) const {
    if (suspensions_ == nullptr) return nullptr;
    for (const auto& [number, items] : aside_) {
        if (std::ranges::find(items, item) == items.end()) continue;
        const auto& all = suspensions_->all();
        const auto found = std::ranges::find(all, number, &operator_suspension::number);
        if (found != all.end()) return &*found;
    }
    return nullptr;
}

}  // namespace kurir::outbound
