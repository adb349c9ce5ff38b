#include "relay/net/clock.hpp"

#include <atomic>
#include <cassert>
#include <cstdint>
#include <ctime>

namespace kurir::net {

namespace {

std::atomic<bool> is_virtual{false};
std::atomic<clock::rep> virtual_offset{0};

// The time of both clocks when a virtual clock starts: an arbitrary instant in 2026.
constexpr clock::time_point steady_start{std::chrono::hours{1000}};
constexpr wall_time wall_start{std::chrono::seconds{1'790'000'000}};

// The time since the machine was started, including suspension.
std::chrono::milliseconds elapsed() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::floor<std::chrono::milliseconds>(
        std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)
    );
}

// The difference between the queue's clock and that time, in milliseconds.
std::atomic<std::int64_t>& anchor() noexcept {
    static std::atomic<std::int64_t> value((calendar_now().time_since_epoch() - elapsed()).count());
    return value;
}

clock::duration offset() noexcept {
    return clock::duration(virtual_offset.load(std::memory_order_relaxed));
}

}  // namespace

clock::time_point clock::now() noexcept {
    if (virtual_clock::active()) return steady_start + offset();
    return time_point(std::chrono::steady_clock::now().time_since_epoch());
}

wall_time wall_now() noexcept {
    using std::chrono::milliseconds;
    if (virtual_clock::active()) {
        return wall_start + std::chrono::duration_cast<milliseconds>(offset());
    }
    return wall_time(elapsed() + milliseconds(anchor().load(std::memory_order_relaxed)));
}

void continue_wall_from(wall_time last) noexcept {
    anchor() = (last.time_since_epoch() - elapsed()).count();
}

std::chrono::milliseconds calendar_ahead() noexcept {
    return virtual_clock::active() ? std::chrono::milliseconds() : calendar_now() - wall_now();
}

wall_time calendar_now() noexcept {
    if (virtual_clock::active()) return wall_now();
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

virtual_clock::virtual_clock() {
    assert(!active());
    virtual_offset = 0;
    is_virtual = true;
}

virtual_clock::~virtual_clock() {
    is_virtual = false;
}

void virtual_clock::advance(clock::duration amount) noexcept {
    assert(amount >= clock::duration::zero());
    virtual_offset += amount.count();
}

bool virtual_clock::active() noexcept {
    return is_virtual.load(std::memory_order_relaxed);
}

}  // namespace kurir::net
