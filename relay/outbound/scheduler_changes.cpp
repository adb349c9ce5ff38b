// The part of the scheduler that follows an operator's orders over the whole queue.
#include <algorithm>

#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

using backlog_state = queue::backlog::state;

namespace {

template <class Changes>
void sort_by_id(Changes& what) {
    std::sort(what.begin(), what.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

template <class Changes>
auto of_message(Changes& what, queue::message_id id) {
    return std::ranges::equal_range(what, id, {}, [](const auto& each) { return each.id; });
}

}  // namespace

void scheduler::removed(std::vector<queue::removal> what) {
    sort_by_id(what);
    std::unordered_set<slot> gone;
    backlog_.each([&](slot which) {
        if (backlog_.state_of(which) == backlog_state::active) return;
        for (auto& each : of_message(what, backlog_.id(which))) {
            const bool named = backlog_.name_of(which) == each.entry;
            if (each.message_gone || (named && each.left.empty())) {
                gone.insert(which);
            } else if (named) {
                backlog_.replace(which, each.left_entry, std::move(each.left));
            } else {
                continue;
            }
            return;
        }
    });
    if (!gone.empty()) drop(gone);
}

void scheduler::drop(const std::unordered_set<slot>& gone) {
    const auto is_gone = [&gone](slot which) { return gone.contains(which); };
    schedule_.extract_if(is_gone);
    for (auto& [choice, chosen] : chosen_)
        std::erase_if(chosen.waiting, is_gone);
    for (const auto& site : sites_) {
        site->ready.extract_if(is_gone);
        std::erase_if(site->last_chance, is_gone);
    }
    for (const auto which : gone)
        backlog_.erase(which);
}

// What waits for its time gets another one. What is ready already waits for its destination: if
// that is left alone, a probe may go at once.
void scheduler::moved(std::vector<queue::delivery> what, const instant& now) {
    sort_by_id(what);
    const auto move_of = [&](slot which) -> const queue::delivery* {
        for (const auto& each : of_message(what, backlog_.id(which))) {
            if (backlog_.name_of(which) == each.entry) return &each;
        }
        return nullptr;
    };
    const auto waiting =
        schedule_.extract_if([&](slot which) { return move_of(which) != nullptr; });
    for (const auto which : waiting) {
        backlog_.set_due(which, move_of(which)->due);
        schedule_.insert(which);
    }
    for (const auto& site : sites_) {
        if (!site->suspended) continue;
        bool meant = false;
        site->ready.each([&](slot which) { meant = meant || move_of(which) != nullptr; });
        if (!meant) continue;
        site->state.probe_now();
        wake_at(*site, now.steady);
    }
    release_due(now);
}

}  // namespace kurir::outbound
