#include "relay/outbound/claim_plan.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace kurir::outbound {

namespace {

// Sooner than a store that has connected again takes over what has run out, our own included.
constexpr std::chrono::milliseconds renewal_pause_max = std::chrono::seconds(2);

// A destination gets no more than this part of the room, and each claim asks for no more.
constexpr std::size_t parts_of_room = 10;

std::size_t part_of(std::size_t room) {
    return std::max<std::size_t>(room / parts_of_room, 1);
}

bool can_be_tried(queue::backlog::state counted) {
    using state = queue::backlog::state;
    return counted != state::deferred && counted != state::held;
}

// As count_triable, without what was accepted here.
std::size_t count_claimed(const queue::backlog& held) {
    std::size_t count = 0;
    held.each([&](queue::backlog::slot item) {
        if (held.is_from_elsewhere(item) && can_be_tried(held.state_of(item))) ++count;
    });
    return count;
}

}  // namespace

claim_plan::claim_plan(std::chrono::milliseconds lease, std::size_t room, time_point now)
    : lease_(lease),
      room_(room),
      part_(part_of(room)),
      renew_at_(now + lease / 3),
      claim_at_(now) {}

void claim_plan::renewal_ended(time_point began, bool renewed, time_point now) {
    renew_at_ = renewed ? began + lease_ / 3 : now + std::min(lease_ / 12, renewal_pause_max);
}

queue::claim_order claim_plan::order_beside(const queue::backlog& held) const {
    if (room_ == 0) return {};
    const auto triable = count_triable(held);
    if (triable >= room_) {  // as if there was no room but a part of it
        return order_of_unclaimed(held, part_ - std::min(part_, count_claimed(held)));
    }
    if (unclaimed_next_) return order_of_unclaimed(held, room_ - triable);
    return {
        .room = std::min(part_, room_ - triable),
        .left_out = destinations_with(part_, held),
    };
}

// As if nothing was held that was accepted here.
queue::claim_order claim_plan::order_of_unclaimed(const queue::backlog& held, std::size_t most)
    const {
    if (most == 0) return {};
    const auto part = part_of(part_);
    return {
        .room = std::min(part, most),
        .left_out = destinations_with(part, held, true),
        .unclaimed = unclaimed_min,
    };
}

void claim_plan::claim_ended(
    const queue::claim_order& asked, queue::result<std::size_t> got, double draw, time_point now
) {
    if (std::exchange(unclaimed_next_, false)) {  // the next one does not wait for it
        claim_at_ = now;
        return;
    }
    unclaimed_next_ = asked.unclaimed.count() == 0 && !asked.left_out.empty();
    if (!got) {
        pause_ = pause_max;
    } else if (asked.room > 0 && *got >= asked.room) {
        pause_ = pause_min;
        claim_at_ = now;
        return;
    } else if (asked.room == 0 || *got > 0) {
        pause_ = pause_min;
    }
    const auto jitter = std::chrono::duration<double>(pause_) * (0.8 + 0.4 * draw);
    claim_at_ = now + std::chrono::duration_cast<net::clock::duration>(jitter);
    pause_ = std::min(2 * pause_, pause_max);
}

queue::claimed claim_at(const queue::backlog& held, queue::backlog::slot item) {
    return {.id = held.id(item), .entry = held.name_of(item), .fence = held.fence_of(item)};
}

std::size_t count_triable(const queue::backlog& held) {
    std::size_t count = 0;
    for (std::size_t each = 0; each < queue::backlog::states; ++each) {
        const auto counted = static_cast<queue::backlog::state>(each);
        if (can_be_tried(counted)) count += held.sum(counted).deliveries;
    }
    return count;
}

std::vector<std::string> destinations_with(
    std::size_t count, const queue::backlog& held, bool only_claimed
) {
    std::unordered_map<const std::string*, std::size_t> counts;  // a backlog has each name once
    std::vector<std::string> found;
    held.each([&](queue::backlog::slot item) {
        if (only_claimed && !held.is_from_elsewhere(item)) return;
        const auto& name = held.domain(item);
        if (++counts[&name] == count) found.push_back(name);
    });
    return found;
}

}  // namespace kurir::outbound
