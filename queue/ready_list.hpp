// The deliveries that are ready for one destination: by priority, and within a priority fair
// between tenants.
//
// Priorities share a destination by weight: urgent mail gets sixteen bytes for each byte of normal
// mail, and normal mail four for each of bulk, as long as all of them wait. Turns are single
// messages: an urgent message that arrives is the next to leave, and a flood of them delays the
// others without starving them.
//
// The mail of a tenant that may not be sent at the moment is parked until it is released.
//
// Pure. Holds slots of a backlog.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "queue/backlog.hpp"
#include "queue/fairness.hpp"

namespace kurir::queue {

class ready_list {
public:
    using slot = backlog::slot;

    // The backlog must outlive the list.
    explicit ready_list(const backlog& waiting) : backlog_(waiting) {}

    // `ahead`: before all others of its tenant and priority that are not.
    void push(slot item, bool ahead = false);
    std::optional<slot> pop();

    // Parks the mail of tenants for which `may_go` is false, until the next tenant in turn may
    // send. Calls `parked` with each.
    template <class Predicate, class Visitor>
    void park_unless(Predicate may_go, Visitor parked) {
        while (auto* next = next_class()) {
            std::ignore = next->waiting.next_cost();
            const auto* tenant = next->waiting.front_key();
            if (may_go(*tenant)) return;
            next->waiting.park();
            parked(tenant);
        }
    }
    void release(const backlog::name* tenant);

    // Takes other deliveries of the same message, if they are next for their tenant: several in one
    // transaction cost as much as one.
    std::vector<slot> pop_companions(slot item);

    // Removes the deliveries for which `chosen` is true. Linear in the size.
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

    // A possible next delivery, of the highest waiting priority. Precondition: not empty.
    struct head {
        queue::priority priority = queue::priority::normal;
        const backlog::name* tenant = nullptr;
        slot item = 0;
    };
    head front() const;

    std::size_t size() const noexcept;
    std::size_t available() const noexcept;  // not parked
    bool empty() const noexcept { return size() == 0; }

private:
    using tenants = fair_queue<const backlog::name*, slot>;
    static constexpr std::uint64_t turn = 4096;  // bytes: a small message
    struct share {
        queue::priority priority;
        std::uint64_t slowness;  // what a byte costs
        tenants waiting{turn};
        std::uint64_t spent = 0;
    };

    share& class_of(slot item);
    share* next_class();
    void join(share& newcomer) const noexcept;

    const backlog& backlog_;
    std::array<share, 3> classes_{{
        {.priority = priority::urgent, .slowness = 1},
        {.priority = priority::normal, .slowness = 16},
        {.priority = priority::bulk, .slowness = 64},
    }};
    std::uint64_t progress_ = 0;  // what the class that was served last had spent before
};

}  // namespace kurir::queue
