// What is ready for one destination: by priority, and within a priority fair between senders.
//
// Priorities share a destination by weight: urgent mail gets sixteen bytes for each byte of normal
// mail, and normal mail four for each of bulk, while they all wait. So urgent mail goes out nearly
// at once, and a flood of it delays the others without starving them.
//
// Pure. Holds slots of a backlog.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "queue/backlog.hpp"
#include "queue/fairness.hpp"

namespace kurir::queue {

class ready_list {
public:
    using slot = backlog::slot;

    // The backlog must outlive the list.
    explicit ready_list(const backlog& of) : backlog_(of) {}

    void push(slot which);
    std::optional<slot> pop();

    // Takes other deliveries of the same message, if they come next of their sender: what goes out
    // in one transaction costs what one delivery costs.
    std::vector<slot> pop_companions(slot of);

    // Takes out those for which `chosen` is true. Linear in the size.
    template <class Predicate>
    std::vector<slot> extract_if(Predicate chosen) {
        std::vector<slot> taken;
        for (auto& each : classes_) {
            const auto more = each.waiting.extract_if(chosen);
            taken.insert(taken.end(), more.begin(), more.end());
        }
        return taken;
    }

    template <class Visitor>
    void each(Visitor visit) const {
        for (const auto& each : classes_)
            each.waiting.each(visit);
    }

    // One of those that may be next, of the highest priority that waits. Precondition: not empty.
    struct head {
        queue::priority priority = queue::priority::normal;
        const backlog::name* sender = nullptr;
        slot which = 0;
    };
    head front() const;

    std::size_t size() const noexcept;
    bool empty() const noexcept { return size() == 0; }

private:
    struct share {
        queue::priority priority;
        std::uint64_t quantum;  // bytes for each turn
        fair_queue<const backlog::name*, slot> waiting{};
        std::uint64_t credit = 0;
    };

    share& class_of(slot which);

    const backlog& backlog_;
    std::array<share, 3> classes_{{
        {.priority = priority::urgent, .quantum = 64UL * 65536},
        {.priority = priority::normal, .quantum = 4UL * 65536},
        {.priority = priority::bulk, .quantum = 65536},
    }};
    std::size_t turn_ = 0;  // the class that is spending
};

}  // namespace kurir::queue
