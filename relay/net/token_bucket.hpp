// A token bucket: at most `count` in a period.
//
// A bucket holds up to `burst` tokens and starts full; one token returns every `per / count`. So
// within any `per` at most `count - 1 + burst` tokens are taken. With a burst of 1 there are never
// more than `count`, wherever the other side's windows begin. The state is one point in time (the
// generic cell rate algorithm), so fractions are exact and no timer has to fill the bucket. An
// interval that is not a whole number of nanoseconds is rounded up: the rate is never exceeded.
//
// Pure: the caller supplies the clock reading, which must not go back.
#pragma once

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <optional>

#include "relay/net/clock.hpp"

namespace kurir::net {

class token_bucket {
public:
    token_bucket(std::uint64_t count, clock::duration per, std::uint64_t burst)
        : interval_(interval_of(count, per)), slack_(interval_ * (as_ticks(burst) - 1)) {
        assert(count >= 1 && per.count() > 0 && burst >= 1);
    }

    // The burst for sending: what a tenth of a second allows, at least 1. Up to 10 per second the
    // mail is spread evenly, so no provider sees a burst. Above that, the burst lets late timers
    // keep up with the rate. (Limits for clients use a larger burst.)
    static std::uint64_t even_burst(std::uint64_t count, clock::duration per) {
        const auto in_a_tenth = std::chrono::milliseconds(100) / interval_of(count, per);
        return static_cast<std::uint64_t>(std::max<clock::rep>(in_a_tenth, 1));
    }

    // When the next token is available, or became available.
    clock::time_point next() const noexcept { return full_at_ - slack_; }

    // Takes a token. If there is none, returns when there will be one.
    std::optional<clock::time_point> take(clock::time_point now) noexcept {
        if (next() > now) return next();
        spend(now);
        return std::nullopt;
    }

    // Takes tokens even if there are none; later tokens come later in return. `count` is at most
    // some periods' worth.
    void spend(clock::time_point now, std::uint64_t count = 1) noexcept {
        full_at_ = std::max(full_at_, now) + interval_ * as_ticks(count);
    }

    // So many tokens of the burst are missing now, rounded up.
    std::uint64_t missing(clock::time_point now) const noexcept {
        if (full_at_ <= now) return 0;
        return static_cast<std::uint64_t>(
            (full_at_ - now + interval_ - clock::duration(1)) / interval_
        );
    }

    // Goes on at another rate. Tokens that are missing stay missing.
    void change(
        std::uint64_t count, clock::duration per, std::uint64_t burst, clock::time_point now
    ) {
        const auto before = *this;
        *this = token_bucket(count, per, burst);
        if (before.full(now)) return;
        const auto missing =
            std::chrono::duration<double, clock::period>(before.full_at_ - now) / before.interval_;
        const auto most = std::chrono::duration<double, clock::period>(slack_ + interval_);
        const std::chrono::duration<double, clock::period> time = missing * interval_;
        full_at_ = now + std::chrono::ceil<clock::duration>(std::min(time, most));
    }

    // True if the bucket equals a new one, so it need not be stored.
    bool full(clock::time_point now) const noexcept { return full_at_ <= now; }

private:
    static constexpr clock::rep as_ticks(std::uint64_t number) {
        return static_cast<clock::rep>(number);
    }
    static constexpr clock::duration interval_of(std::uint64_t count, clock::duration per) {
        return clock::duration((per.count() + as_ticks(count) - 1) / as_ticks(count));
    }

    clock::duration interval_;
    clock::duration slack_;  // how long it takes to refill all tokens but one
    clock::time_point full_at_ = clock::time_point(clock::duration(INT64_MIN / 2));
};

}  // namespace kurir::net
