// Which route is looked up next. Bounded, so that a backlog of a hundred thousand domains does not
// look up all of them at once.
//
// Destinations in use come first, then domains of mail that was never tried, then those of retries.
// One of every four look-ups is reserved for retries, so that new mail can't starve them. Names
// without an answer take long: retries may use at most half of the look-ups in progress, and
// retries and new mail together three quarters. So each class leaves look-ups free for the classes
// before it.
//
// Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>

#include "relay/outbound/route_table.hpp"

namespace kurir::outbound {

class lookup_line {
public:
    enum class kind : std::uint8_t { refresh, fresh, retry };

    explicit lookup_line(std::size_t at_once = 512) : at_once_(at_once) {}

    // Do not add a choice again before it is answered.
    void add(route_choice choice, kind kind) { waiting_of(kind).push_back(std::move(choice)); }

    // The look-up of this choice has ended.
    void answered(const route_choice& choice) {
        const auto found = asked_.find(choice);
        if (found == asked_.end()) return;
        --under_way_of(found->second);
        asked_.erase(found);
    }

    // Calls `ask` with each choice that is next.
    template <class Ask>
    void serve(Ask ask) {
        for (auto next = choose(); !waiting_of(next).empty() && has_room(next); next = choose()) {
            const route_choice choice = std::move(waiting_of(next).front());
            waiting_of(next).pop_front();
            ++under_way_of(next);
            asked_.emplace(choice, next);
            ask(choice);
        }
    }

private:
    std::deque<route_choice>& waiting_of(kind kind) {
        return waiting_[static_cast<std::size_t>(kind)];
    }
    std::size_t& under_way_of(kind kind) { return under_way_[static_cast<std::size_t>(kind)]; }

    bool has_room(kind kind) const {
        const auto [refresh, fresh, retry] = under_way_;
        if (refresh + fresh + retry >= at_once_) return false;
        if (kind == kind::refresh) return true;
        if (fresh + retry >= at_once_ - at_once_ / 4) return false;
        return kind == kind::fresh || retry < at_once_ / 2;
    }

    bool may(kind kind) { return !waiting_of(kind).empty() && has_room(kind); }

    kind choose() {
        if (may(kind::refresh)) return kind::refresh;
        constexpr unsigned turns = 4;
        const bool first_retry = ++turn_ % turns == 0 && may(kind::retry);
        return may(kind::fresh) && !first_retry ? kind::fresh : kind::retry;
    }

    std::size_t at_once_;
    unsigned turn_ = 0;
    std::array<std::deque<route_choice>, 3> waiting_;
    std::array<std::size_t, 3> under_way_{};
    std::unordered_map<route_choice, kind, route_choice_hash> asked_;
};

}  // namespace kurir::outbound
