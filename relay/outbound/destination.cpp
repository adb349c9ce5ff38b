#include "relay/outbound/destination.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kurir::outbound {

destination::destination(std::shared_ptr<const route> route, governor::limits limits)
    : state(limits), where(std::move(route)) {}

void destination::push(queue::delivery ready) {
    std::string sender = ready.sender;
    // Each sender gets the same number of bytes, and a small message still counts for something.
    constexpr std::uint64_t cost_min = 4096;
    const auto cost = std::max(ready.size, cost_min);
    ready_.push(std::move(sender), cost, std::move(ready));
}

std::optional<queue::delivery> destination::pop() {
    return ready_.pop();
}

void destination::wait(net::answer_function<job> answer, net::clock::time_point deadline) {
    idle_.push_back({std::move(answer), deadline});
}

void destination::give(queue::delivery next) {
    assert(!idle_.empty());
    const auto answer = std::move(idle_.back().answer);
    idle_.pop_back();
    answer(std::move(next));
}

void destination::release_all() {
    for (auto& each : std::exchange(idle_, {}))
        each.answer(std::nullopt);
}

void destination::release_expired(net::clock::time_point now) {
    std::vector<waiting> stay;
    for (auto& each : std::exchange(idle_, {})) {
        if (each.deadline <= now) {
            each.answer(std::nullopt);
        } else {
            stay.push_back(std::move(each));
        }
    }
    idle_ = std::move(stay);
}

}  // namespace kurir::outbound
