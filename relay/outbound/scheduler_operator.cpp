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
    const auto ended = [this](std::uint64_t number) {
        return suspensions_ == nullptr || !suspensions_->has(number);
    };
    for (const auto item : aside_.extract_if(ended)) {
        backlog_.set_due(item, std::min(backlog_.due(item), now.wall));
        schedule_.insert(item);
    }
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
    aside_.put(item, suspension->number);
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
        const auto item = keep(std::move(each));
        backlog_.set_state(item, backlog_state::deferred);
        aside_.put(item, suspension);
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
    const auto number = aside_.suspension_of(item);
    if (!number) return nullptr;
    const auto& all = suspensions_->all();
    const auto found = std::ranges::find(all, *number, &operator_suspension::number);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace kurir::outbound
