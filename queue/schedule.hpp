// The waiting deliveries of a backlog, ordered by due time.
//
// Insertion and removal take logarithmic time, also of those that are not due: each knows its
// place. Deliveries that are due at the same time leave in the order in which their messages were
// received.
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "queue/backlog.hpp"

namespace kurir::queue {

class schedule {
public:
    using slot = backlog::slot;

    // The backlog must outlive the schedule.
    explicit schedule(const backlog& waiting) : backlog_(waiting) {}

    // `item`, which is not in the schedule, waits until its present due time.
    void insert(slot item);
    bool has(slot item) const noexcept { return item < places_.size() && places_[item] != nowhere; }
    // Takes it out; false if it is not there.
    bool erase(slot item);

    // The delivery that is due first, if it is due at `now` or before.
    std::optional<slot> pop_due(time_point now);

    // Removes the deliveries for which `chosen` is true. Linear in the size.
    template <class Predicate>
    std::vector<slot> extract_if(Predicate chosen);

    // Makes everything due earlier by that much. Calls `tell` with each slot and its new due time.
    template <class Visitor>
    void advance(std::chrono::milliseconds amount, Visitor tell) {
        for (auto& each : by_due_) {
            each.due -= amount;
            tell(each.item, each.due);
        }
    }

    std::optional<time_point> next_due() const;
    std::size_t size() const noexcept { return by_due_.size(); }
    bool empty() const noexcept { return by_due_.empty(); }

private:
    struct moment {
        time_point due;
        slot item;
    };
    static constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();

    bool earlier(const moment& a, const moment& b) const;
    void put(std::size_t at, const moment& each);
    void rise(std::size_t at, moment each);
    void sink(std::size_t at, moment each);
    void remove(std::size_t at);
    void rebuild();

    const backlog& backlog_;
    std::vector<moment> by_due_;         // a heap, earliest on top
    std::vector<std::uint32_t> places_;  // in the heap, by slot
};

template <class Predicate>
std::vector<schedule::slot> schedule::extract_if(Predicate chosen) {
    std::vector<slot> taken;
    std::erase_if(by_due_, [&](const moment& each) {
        if (!chosen(each.item)) return false;
        taken.push_back(each.item);
        places_[each.item] = nowhere;
        return true;
    });
    if (!taken.empty()) rebuild();
    return taken;
}

}  // namespace kurir::queue
