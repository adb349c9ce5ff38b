// The settings on which the end of an attempt depends, and its time.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "queue/message.hpp"
#include "relay/config/config.hpp"

namespace tests {

// When an attempt ended.
inline constexpr kurir::queue::time_point now{std::chrono::seconds{1'800'000'000}};

inline kurir::config::config settlement_settings(std::string hostname = "relay.example.org") {
    kurir::config::config made;
    made.hostname = std::move(hostname);
    made.retry_min = std::chrono::minutes(5);
    made.retry_max = std::chrono::hours(2);
    made.max_queue_time = std::chrono::hours(96);
    made.bounce_full_size = 50'000;
    return made;
}

}  // namespace tests
