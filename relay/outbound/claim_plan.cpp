#include "relay/outbound/claim_plan.hpp"

#include <algorithm>
#include <unordered_map>

namespace kurir::outbound {

namespace {

// Sooner than a store that has connected again takes over what has run out, our own included.
constexpr std::chrono::milliseconds renewal_pause_max = std::chrono::seconds(2);

// A destination gets no more than this part of the room, and each claim asks for no more.
constexpr std::size_t parts_of_room = 10;

}  // namespace

claim_plan::claim_plan(std::chrono::milliseconds lease, std::size_t room, time_point now)
    : lease_(lease),
      room_(room),
      part_(std::max<std::size_t>(room / parts_of_room, 1)),
      renew_at_(now + lease / 3),
      claim_at_(now) {}

void claim_plan::renewal_ended(time_point began, bool renewed, time_point now) {
    renew_at_ = renewed ? began + lease_ / 3 : now + std::min(lease_ / 12, renewal_pause_max);
}

std::size_t claim_plan::room_beside(std::size_t triable) const noexcept {
    return triable < room_ ? std::min(part_, room_ - triable) : 0;
}

void claim_plan::claim_ended(
    std::size_t asked, queue::result<std::size_t> got, double draw, time_point now
) {
    if (!got) {
        pause_ = pause_max;
    } else if (asked > 0 && *got >= asked) {
        pause_ = pause_min;
        claim_at_ = now;
        return;
    } else if (asked == 0 || *got > 0) {
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
    using state = queue::backlog::state;
    std::size_t count = 0;
    for (const auto each : {state::incoming, state::ready, state::active})
        count += held.sum(each).deliveries;
    return count;
}

std::vector<std::string> destinations_with(std::size_t count, const queue::backlog& held) {
    std::unordered_map<const std::string*, std::size_t> counts;  // a backlog has each name once
    std::vector<std::string> found;
    held.each([&](queue::backlog::slot item) {
        const auto& name = held.domain(item);
        if (++counts[&name] == count) found.push_back(name);
    });
    return found;
}

}  // namespace kurir::outbound
