// The configuration in effect, for parts that outlive a reload.
//
// Code that begins something (a session, an attempt, the search for a route) takes a snapshot and
// keeps it to its end: a reload changes nothing that has begun. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "relay/config/config.hpp"

namespace kurir::config {

using snapshot = std::shared_ptr<const config>;

class live_config {
public:
    explicit live_config(config first)
        : current_(std::make_shared<const config>(std::move(first))) {}
    live_config(const live_config&) = delete;
    live_config& operator=(const live_config&) = delete;

    snapshot get() const {
        const std::lock_guard lock(mutex_);
        return current_;
    }

    // Readers see the old configuration or the new one, never a mixture.
    void set(snapshot next) {
        // If this was the last user of the old one, it is destroyed after the lock is released.
        const std::lock_guard lock(mutex_);
        current_.swap(next);
    }

private:
    mutable std::mutex mutex_;
    snapshot current_;
};

}  // namespace kurir::config
