// Checks that a client sends its message fast enough: on average over a while, so that pauses are
// allowed. Pure; counts only the time that was spent waiting for the client.
#pragma once

#include <cstddef>
#include <cstdint>

#include "relay/net/clock.hpp"

namespace kurir::inbound {

class pace {
public:
    // `least` bytes a second over each `window` of waiting; 0: no minimum.
    pace(std::uint64_t least, net::clock::duration window) noexcept
        : least_(static_cast<double>(least) * std::chrono::duration<double>(window).count()),
          window_(window) {}

    // A message begins.
    void begin() noexcept {
        waited_ = {};
        came_ = 0;
    }

    // `bytes` came after a wait. False if that was too slow.
    bool keeps_up(net::clock::duration waited, std::size_t bytes) noexcept {
        waited_ += waited;
        came_ += static_cast<double>(bytes);
        if (waited_ < window_) return true;
        const bool enough = came_ >= least_;
        begin();
        return enough;
    }

private:
    double least_;  // bytes in a window
    net::clock::duration window_;
    net::clock::duration waited_{};
    double came_ = 0;
};

}  // namespace kurir::inbound
