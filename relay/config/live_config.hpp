// The configuration in effect, for parts that outlive a reload.
//
// Whatever begins something (a session, an attempt, the search for a route) takes a snapshot then
// and keeps it to its end: a reload changes nothing that is under way. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "relay/config/config.hpp"

namespace kurir::config {

using snapshot = std::shared_ptr<const config>;

class live_config {
public:
    explicit live_config(config first) : now_(std::make_shared<const config>(std::move(first))) {}
    live_config(const live_config&) = delete;
    live_config& operator=(const live_config&) = delete;

    snapshot get() const {
        const std::lock_guard lock(mutex_);
        return now_;
    }

    // Readers see the old one or the new one, never a mixture.
    void set(snapshot next) {
        // The old one is destroyed, if this was its last user, after the lock is gone.
        const std::lock_guard lock(mutex_);
        now_.swap(next);
    }

private:
    mutable std::mutex mutex_;
    snapshot now_;
};

}  // namespace kurir::config
