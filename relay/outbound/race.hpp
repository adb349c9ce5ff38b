// Connection attempts to several addresses at once, of which one wins (RFC 8305 section 5).
//
// The first address has a head start; while it has not answered, the next one starts, and so on.
// One that fails makes way at once. Pure: the caller connects, and supplies the clock reading.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "relay/net/clock.hpp"

namespace kurir::outbound {

class race {
public:
    using time_point = net::clock::time_point;

    // RFC 8305's Connection Attempt Delay.
    static constexpr std::chrono::milliseconds head_start{250};

    explicit race(std::size_t entrants) : entrants_(entrants) {}

    // The entrant that starts now, if one does; call it until none does.
    std::optional<std::size_t> next(time_point now) {
        if (over() || started_ == entrants_) return std::nullopt;
        if (running_ > 0 && now < next_start_) return std::nullopt;
        ++running_;
        next_start_ = now + head_start;
        return started_++;
    }

    void failed() {
        --running_;
        next_start_ = {};
    }

    // True if it is the first one: the others are in vain.
    bool connected(std::size_t entrant) {
        --running_;
        if (winner_) return false;
        winner_ = entrant;
        return true;
    }

    bool over() const noexcept { return winner_ || (started_ == entrants_ && running_ == 0); }
    std::optional<std::size_t> winner() const noexcept { return winner_; }
    std::size_t started() const noexcept { return started_; }

    // When the next one starts if nothing happens before.
    time_point next_start() const noexcept {
        return started_ == entrants_ ? time_point::max() : next_start_;
    }

private:
    std::size_t entrants_;
    std::size_t started_ = 0;
    std::size_t running_ = 0;
    time_point next_start_{};
    std::optional<std::size_t> winner_;
};

}  // namespace kurir::outbound
