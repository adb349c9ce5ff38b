// Threads that sleep until they are woken, and end when they are asked to.
//
// A plain condition variable and a flag, because a `std::condition_variable_any` that a
// `std::stop_token` can wake has a second mutex, which a woken thread must wait for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kurir::base {

class worker_threads {
public:
    using guard = std::unique_lock<std::mutex>;

    worker_threads() = default;
    worker_threads(const worker_threads&) = delete;
    worker_threads& operator=(const worker_threads&) = delete;
    // They have ended, or were never started.
    ~worker_threads();

    // Each thread calls `run` once. They are started once.
    void start(const std::function<void()>& run, std::size_t count = 1);

    // Asks the threads to end, wakes them, and returns when they have ended.
    void stop();

    // The lock of what the threads share with others. All below that take a guard need this one.
    guard lock() const { return guard(mutex_); }

    // From `start` until `stop`: somebody will look at what is brought now.
    bool active(const guard& locked) const;
    bool stopping(const guard& locked) const;
    bool stopping() const;

    void wake_one() noexcept { wake_.notify_one(); }

    // Sleep until `ready()`, for `time` at most, or until the threads are asked to end: then they
    // return false.
    template <class Ready>
    bool wait(guard& locked, Ready ready) {
        wake_.wait(locked, [&] { return stopping_ || ready(); });
        return !stopping_;
    }
    template <class Ready>
    bool wait_for(guard& locked, std::chrono::nanoseconds time, Ready ready) {
        wake_.wait_for(locked, time, [&] { return stopping_ || ready(); });
        return !stopping_;
    }

    // Sleeps for `time`. False if the threads are asked to end meanwhile.
    bool pause(std::chrono::nanoseconds time);
    bool pause(guard& locked, std::chrono::nanoseconds time);

private:
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool started_ = false;   // under `mutex_`
    bool stopping_ = false;  // under `mutex_`
    std::vector<std::thread> threads_;
};

}  // namespace kurir::base
