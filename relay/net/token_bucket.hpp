// At most so many in so long: a token bucket.
//
// A bucket holds up to `burst` tokens and starts full; one token comes back each `per / count`. So
// within any `per` at most `count - 1 + burst` are taken, and with a burst of 1 never more than
// `count`, however the other side lays its windows. The state is one point in time (the generic
// cell rate algorithm), so fractions are exact and nothing has to be filled by a timer. An
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

    // The burst for sending: what a tenth of a second brings, at least 1. Up to 10 a second mail
    // is spread evenly, which no provider can mistake for a flood; above that the burst is what
    // late timers need to keep up with the rate. (Whoever limits clients gives them more.)
    static std::uint64_t even_burst(std::uint64_t count, clock::duration per) {
        const auto in_a_tenth = std::chrono::milliseconds(100) / interval_of(count, per);
        return static_cast<std::uint64_t>(std::max<clock::rep>(in_a_tenth, 1));
    }

    // When the next token is, or was, there.
    clock::time_point next() const noexcept { return full_at_ - slack_; }

    // Takes a token. If there is none: when there will be.
    std::optional<clock::time_point> take(clock::time_point now) noexcept {
        if (next() > now) return next();
        spend(now);
        return std::nullopt;
    }

    // Takes a token whether there is one or not; the next ones come later for it.
    void spend(clock::time_point now) noexcept { full_at_ = std::max(full_at_, now) + interval_; }

    // A new bucket would be the same: nothing has to be remembered of this one.
    bool full(clock::time_point now) const noexcept { return full_at_ <= now; }

private:
    static constexpr clock::rep as_ticks(std::uint64_t number) {
        return static_cast<clock::rep>(number);
    }
    static constexpr clock::duration interval_of(std::uint64_t count, clock::duration per) {
        return clock::duration((per.count() + as_ticks(count) - 1) / as_ticks(count));
    }

    clock::duration interval_;
    clock::duration slack_;  // how long the tokens of a full bucket but one take
    clock::time_point full_at_ = clock::time_point(clock::duration(INT64_MIN / 2));
};

}  // namespace kurir::net
