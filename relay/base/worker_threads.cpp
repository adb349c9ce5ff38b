#include "relay/base/worker_threads.hpp"

#include <cassert>

namespace kurir::base {

worker_threads::~worker_threads() {
    assert(threads_.empty());
}

void worker_threads::start(const std::function<void()>& run, std::size_t count) {
    {
        const auto locked = lock();
        assert(!started_);
        started_ = true;
    }
    for (std::size_t i = 0; i < count; ++i)
        threads_.emplace_back(run);
}

void worker_threads::stop() {
    {
        const auto locked = lock();
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& each : threads_)
        each.join();
    threads_.clear();
}

bool worker_threads::active(const guard& locked) const {
    assert(locked.mutex() == &mutex_ && locked.owns_lock());
    return started_ && !stopping_;
}

bool worker_threads::stopping(const guard& locked) const {
    assert(locked.mutex() == &mutex_ && locked.owns_lock());
    return stopping_;
}

bool worker_threads::stopping() const {
    return stopping(lock());
}

bool worker_threads::pause(std::chrono::nanoseconds time) {
    auto locked = lock();
    return pause(locked, time);
}

bool worker_threads::pause(guard& locked, std::chrono::nanoseconds time) {
    return wait_for(locked, time, [] { return false; });
}

}  // namespace kurir::base
