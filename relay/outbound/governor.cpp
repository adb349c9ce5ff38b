#include "relay/outbound/governor.hpp"

#include <algorithm>
#include <cassert>

namespace kurir::outbound {

namespace {

// What a destination that nothing is known of is trusted with.
constexpr std::size_t concurrency_first = 5;

}  // namespace

governor::governor(limits limits)
    : limits_(limits), limit_(std::min(concurrency_first, limits.concurrency_max)) {
    assert(limits_.concurrency_max >= 1);
    assert(limits_.pause_min <= limits_.pause_max);
}

std::size_t governor::concurrency(net::clock::time_point now) const noexcept {
    if (suspended(now)) return 0;
    return failures_ > 0 ? 1 : limit_;
}

void governor::succeeded(net::clock::time_point) noexcept {
    failures_ = 0;
    if (++successes_ < limit_) return;
    successes_ = 0;
    limit_ = std::min(limit_ + 1, limits_.concurrency_max);
}

void governor::throttled(net::clock::time_point) noexcept {
    successes_ = 0;
    limit_ = std::max<std::size_t>(limit_ / 2, 1);
}

void governor::unreachable(net::clock::time_point now) noexcept {
    // Connections that were under way together fail together: they count as one failure.
    if (suspended(now)) return;
    throttled(now);
    constexpr unsigned doublings_max = 20;
    const auto doublings = std::min(failures_, doublings_max);
    ++failures_;
    const auto pause = std::min(limits_.pause_min * (1L << doublings), limits_.pause_max);
    suspended_until_ = now + pause;
}

}  // namespace kurir::outbound
