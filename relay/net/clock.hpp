// The steady clock behind every deadline, and the timer that runs on it.
//
// Tests may replace the clock: then time stands still until `virtual_clock::advance`, and timers
// fire when their context is polled after that.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>

namespace kurir::net {

// A time of the queue's clock or of the wall clock, as it is stored.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

struct clock {
    using duration = std::chrono::steady_clock::duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<clock, duration>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept;
};

// The queue's clock, which all stored times use. It continues from where the previous process
// stopped (from the wall clock, if there was none) and counts elapsed time. Setting the wall clock
// does not change it. A virtual clock also moves it.
wall_time wall_now() noexcept;

// Call once, at the start, with the time at which it stopped.
void continue_wall_from(wall_time last) noexcept;

// How far the wall clock is ahead of the queue's clock: for times that people read.
std::chrono::milliseconds calendar_ahead() noexcept;

// The wall clock itself.
wall_time calendar_now() noexcept;

// Replaces the clock during its lifetime. At most one at a time; for tests.
class virtual_clock {
public:
    virtual_clock();
    virtual_clock(const virtual_clock&) = delete;
    virtual_clock& operator=(const virtual_clock&) = delete;
    ~virtual_clock();

    void advance(clock::duration amount) noexcept;
    static bool active() noexcept;
};

}  // namespace kurir::net

// Under a virtual clock a timer never sleeps: each poll checks it.
template <>
struct boost::asio::wait_traits<kurir::net::clock> {
    static kurir::net::clock::duration to_wait_duration(const kurir::net::clock::duration& wait) {
        return kurir::net::virtual_clock::active() ? kurir::net::clock::duration::zero() : wait;
    }
    static kurir::net::clock::duration to_wait_duration(const kurir::net::clock::time_point& until
    ) {
        return to_wait_duration(until - kurir::net::clock::now());
    }
};

namespace kurir::net {

using timer = boost::asio::basic_waitable_timer<clock>;

}  // namespace kurir::net
