// What is being done while the queue is opened, which may take long: for /readyz and the service
// manager.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "relay/admin/readiness.hpp"
#include "relay/app/service_manager.hpp"

namespace kurir::app {

class opening_progress {
public:
    // `manager` must outlive it. `on_step` is called after each step, on the thread that opens.
    explicit opening_progress(
        service_manager& manager, std::function<void()> on_step = [] {}
    )
        : manager_(manager), on_step_(std::move(on_step)) {}

    // From now on it does this: words for people. On the thread that opens.
    void step(std::string words);
    // The same, of what takes so long at most. The manager gives it that time.
    void wait(std::string words, std::chrono::milliseconds most);

    // It is open: steps from now on, on whatever thread, are none.
    void end();

    // Any thread.
    admin::readiness checks() const;

private:
    bool note(std::string words);

    service_manager& manager_;
    const std::function<void()> on_step_;
    mutable std::mutex mutex_;
    std::string words_ = "starting";
    bool ended_ = false;
};

}  // namespace kurir::app
