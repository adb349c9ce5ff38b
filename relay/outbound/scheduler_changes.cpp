// The part of the scheduler that follows an operator's orders over the whole queue.
#include <algorithm>
#include <utility>
#include <vector>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

using backlog_state = queue::backlog::state;

namespace {

template <class Changes>
void sort_by_id(Changes& changes) {
    std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) {
        return a.id < b.id;
    });
}

template <class Changes>
auto of_message(Changes& changes, queue::message_id id) {
    return std::ranges::equal_range(changes, id, {}, [](const auto& each) { return each.id; });
}

}  // namespace

void scheduler::removed(std::vector<queue::removal> removals) {
    sort_by_id(removals);
    std::unordered_set<slot> gone;
    backlog_.each([&](slot item) {
        if (backlog_.state_of(item) == backlog_state::active) return;
        for (auto& each : of_message(removals, backlog_.id(item))) {
            const bool named = backlog_.name_of(item) == each.entry;
            if (each.message_gone || (named && each.left.empty())) {
                gone.insert(item);
            } else if (named) {
                backlog_.replace(item, each.left_entry, std::move(each.left));
            } else {
                continue;
            }
            return;
        }
    });
    if (!gone.empty()) drop(gone);
}

void scheduler::take_out(const std::unordered_set<slot>& items) {
    const auto is_taken = [&items](slot item) { return items.contains(item); };
    schedule_.extract_if(is_taken);
    for (auto& [number, set_aside] : aside_)
        std::erase_if(set_aside, is_taken);
    for (auto& [choice, chosen] : chosen_)
        std::erase_if(chosen.waiting, is_taken);
    for (const auto& site : sites_) {
        site->ready.extract_if(is_taken);
        std::erase_if(site->last_chance, is_taken);
    }
}

void scheduler::drop(const std::unordered_set<slot>& gone) {
    take_out(gone);
    for (const auto item : gone)
        backlog_.erase(item);
}

// What waits for its time gets another one. What is ready already waits for its destination: if
// that is left alone, a probe may go at once.
void scheduler::moved(std::vector<queue::delivery> deliveries, const instant& now) {
    sort_by_id(deliveries);
    const auto move_of = [&](slot item) -> const queue::delivery* {
        for (const auto& each : of_message(deliveries, backlog_.id(item))) {
            if (backlog_.name_of(item) == each.entry) return &each;
        }
        return nullptr;
    };
    const auto waiting = schedule_.extract_if([&](slot item) { return move_of(item) != nullptr; });
    for (const auto item : waiting) {
        backlog_.set_due(item, move_of(item)->due);
        schedule_.insert(item);
    }
    probe_for([&](slot item) { return move_of(item) != nullptr; }, now);
    release_due(now);
}

// Suspended destinations are tried at once if mail that is meant waits for them.
template <class Predicate>
void scheduler::probe_for(Predicate meant, const instant& now) {
    for (const auto& site : sites_) {
        if (!site->suspended) continue;
        bool any = false;
        site->ready.each([&](slot item) { any = any || meant(item); });
        if (!any) continue;
        site->state.probe_now();
        wake_at(*site, now.steady);
    }
}

std::unordered_set<scheduler::slot> scheduler::waiting_of(const std::vector<place>& places) const {
    std::unordered_set<slot> items;
    for (const auto& each : places) {
        if (!backlog_.holds(each.item, each.id)) continue;
        if (backlog_.state_of(each.item) != backlog_state::active) items.insert(each.item);
    }
    return items;
}

std::vector<scheduler::withdrawn> scheduler::withdraw(const std::vector<place>& places) {
    const auto items = waiting_of(places);
    take_out(items);
    std::vector<withdrawn> taken;
    taken.reserve(items.size());
    for (const auto item : items) {
        taken.push_back({.item = item, .waiting = backlog_.at(item)});
        backlog_.set_state(item, backlog_state::active);
    }
    return taken;
}

std::size_t scheduler::hasten(const std::vector<place>& places, const instant& now) {
    auto items = waiting_of(places);
    std::erase_if(items, [&](slot item) { return backlog_.state_of(item) == backlog_state::held; });
    const auto is_meant = [&items](slot item) { return items.contains(item); };
    for (const auto item : schedule_.extract_if(is_meant)) {
        backlog_.set_due(item, std::min(backlog_.due(item), now.wall));
        schedule_.insert(item);
    }
    probe_for(is_meant, now);
    release_due(now);
    return items.size();
}

void scheduler::credential_changed(const std::string& name, const instant& now) {
    for (const auto& site : sites_) {
        if (!site->suspended || site->route->key.credential != name) continue;
        site->state.probe_now();
        wake_at(*site, now.steady);
    }
}

// Mail that is ready waits for its route once more, as if it had come just now.
void scheduler::forget_routes() {
    for (auto& [choice, chosen] : chosen_) {
        chosen.route = chosen.last = nullptr;
        chosen.outdated = chosen.resolving;
    }
    std::vector<slot> homeless;
    for (const auto& site : sites_) {
        const auto ready = site->ready.extract_if([](slot) { return true; });
        homeless.insert(homeless.end(), ready.begin(), ready.end());
        const auto last_chance = std::exchange(site->last_chance, {});
        homeless.insert(homeless.end(), last_chance.begin(), last_chance.end());
    }
    for (const auto item : homeless) {
        const auto choice = choice_of(item);
        auto& chosen = chosen_[choice];
        backlog_.set_state(item, backlog_state::ready);
        chosen.waiting.push_back(item);
        find_route(choice, chosen, backlog_.attempts(item) == 0);
    }
}

}  // namespace kurir::outbound
