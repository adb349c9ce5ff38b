// Measures how long each stage of a connection lasts.
//
// A stage lasts from the end of the one before. Of commands that are sent together, the first
// includes the round trip.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "metrics/outbound.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/labels.hpp"

namespace kurir::outbound {

class stage_clock {
public:
    // `metrics` must outlive the clock.
    explicit stage_clock(metrics::outbound& metrics) : metrics_(metrics) {}

    void restart() { began_ = net::clock::now(); }

    // Calls `listener` at the end of each stage.
    void tell(std::function<void(stage)> listener) { listener_ = std::move(listener); }

    void ended(stage stage) {
        const auto now = net::clock::now();
        const std::chrono::duration<double> duration = now - std::exchange(began_, now);
        metrics_.delivery_stage_duration_seconds(label_of(stage)).observe(duration.count());
        if (listener_) listener_(stage);
    }

private:
    metrics::outbound& metrics_;
    std::function<void(stage)> listener_;
    net::clock::time_point began_ = net::clock::now();
};

}  // namespace kurir::outbound
