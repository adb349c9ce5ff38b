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

// What waits for its time, as most does, is taken out one by one; the lists of the others are gone
// through.
void scheduler::take_out(std::unordered_set<slot> items) {
    std::erase_if(items, [this](slot item) { return schedule_.erase(item) || aside_.take(item); });
    take_ready_out(items);
}

// Where its route leads, or wherever it is. What was found is removed from `items`.
void scheduler::take_ready_out(std::unordered_set<slot>& items) {
    if (items.empty()) return;
    const auto is_taken = [&items](slot item) { return items.erase(item) > 0; };
    std::vector<route_state*> choices;
    std::vector<destination*> sites;
    for (const auto item : items) {
        const auto chosen = chosen_.find(choice_of(item));
        if (chosen != chosen_.end()) choices.push_back(&chosen->second);
        if (auto* site = likely_site(item)) sites.push_back(site);
    }
    const auto without_twins = [](auto& list) {
        std::ranges::sort(list);
        list.erase(std::ranges::unique(list).begin(), list.end());
    };
    without_twins(choices);
    without_twins(sites);
    const auto take_from = [&is_taken](destination& site) {
        site.ready.extract_if(is_taken);
        std::erase_if(site.last_chance, is_taken);
    };
    for (auto* chosen : choices)
        std::erase_if(chosen->waiting, is_taken);
    for (auto* site : sites)
        take_from(*site);
    for (auto site = sites_.begin(); site != sites_.end() && !items.empty(); ++site)
        take_from(**site);
    // Rules that changed since choose another route for what still waits for its old one.
    for (auto chosen = chosen_.begin(); chosen != chosen_.end() && !items.empty(); ++chosen)
        std::erase_if(chosen->second.waiting, is_taken);
}

void scheduler::drop(const std::unordered_set<slot>& gone) {
    take_out(gone);
    for (const auto item : gone)
        backlog_.erase(item);
}

// What waits for its time gets another one. If its destination is left alone, a probe goes at once,
// also for what was ready already.
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
        probe_for(item, now);
    }
    release_due(now);
    for (const auto& site : sites_) {
        if (!site->suspended) continue;
        bool any = false;
        site->ready.each([&](slot item) { any = any || move_of(item) != nullptr; });
        if (any) probe(*site, now);
    }
}

void scheduler::probe(destination& site, const instant& now) {
    site.state.probe_now();
    wake_at(site, now.steady);
}

// Its destination is tried at once, if it is known and left alone.
void scheduler::probe_for(slot item, const instant& now) {
    if (auto* site = likely_site(item); site != nullptr && site->suspended) probe(*site, now);
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
    for (const auto item : items) {
        if (schedule_.erase(item)) {
            backlog_.set_due(item, std::min(backlog_.due(item), now.wall));
            schedule_.insert(item);
        }
        probe_for(item, now);
    }
    release_due(now);
    return items.size();
}

void scheduler::credential_changed(const std::string& name, const instant& now) {
    for (const auto& site : sites_) {
        if (site->suspended && site->route->key.credential == name) probe(*site, now);
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
