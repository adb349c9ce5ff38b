#include "relay/net/clock.hpp"

#include <atomic>
#include <cassert>

namespace kurir::net {

namespace {

std::atomic<bool> is_virtual{false};
std::atomic<clock::rep> virtual_offset{0};

// What both clocks show when a virtual clock starts; an arbitrary instant in 2026.
constexpr clock::time_point steady_start{std::chrono::hours{1000}};
constexpr queue::time_point wall_start{std::chrono::seconds{1'790'000'000}};

clock::duration offset() noexcept {
    return clock::duration(virtual_offset.load(std::memory_order_relaxed));
}

}  // namespace

clock::time_point clock::now() noexcept {
    if (virtual_clock::active()) return steady_start + offset();
    return time_point(std::chrono::steady_clock::now().time_since_epoch());
}

queue::time_point wall_now() noexcept {
    using std::chrono::milliseconds;
    if (virtual_clock::active()) {
        return wall_start + std::chrono::duration_cast<milliseconds>(offset());
    }
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

virtual_clock::virtual_clock() {
    assert(!active());
    virtual_offset = 0;
    is_virtual = true;
}

virtual_clock::~virtual_clock() {
    is_virtual = false;
}

void virtual_clock::advance(clock::duration by) noexcept {
    assert(by >= clock::duration::zero());
    virtual_offset += by.count();
}

bool virtual_clock::active() noexcept {
    return is_virtual.load(std::memory_order_relaxed);
}

}  // namespace kurir::net
