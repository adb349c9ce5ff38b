#include "queue/backoff.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace kurir::queue {

using std::chrono::milliseconds;

namespace {

// A server that greylists says "try again in n seconds"; some say hours and mean minutes.
constexpr milliseconds greylist_pause_max = std::chrono::minutes(30);

// An outage may last longer than a message's lifetime. One that lasts this much longer is taken for
// a clock that jumped.
constexpr milliseconds outage_max = std::chrono::days(30);

milliseconds scaled(milliseconds pause, double factor) {
    return milliseconds(std::llround(static_cast<double>(pause.count()) * factor));
}

// The age that may be believed. After a jump of the clock only attempts prove that time has passed.
milliseconds believable_age(const attempt_facts& facts, milliseconds lifetime, milliseconds pause) {
    if (facts.age <= lifetime + outage_max) return facts.age;
    return std::min(facts.age, facts.attempts * pause);
}

}  // namespace

std::optional<milliseconds> backoff::next(const attempt_facts& facts, double draw) const {
    assert(facts.attempts >= 1);
    assert(draw >= 0.0 && draw < 1.0);

    if (believable_age(facts, lifetime, pause_max()) >= lifetime) return std::nullopt;
    if (facts.greylisted && facts.attempts == 1) {
        const auto cap = std::max(greylist_pause_max, first);
        return std::clamp(facts.hint.value_or(first), milliseconds(1), cap);
    }

    // Doubling stops at `longest`, so cap the exponent before it can overflow.
    constexpr std::uint32_t doublings_max = 30;
    const auto doublings = std::min(facts.attempts - 1, doublings_max);
    const auto plain = std::min(first * (std::int64_t{1} << doublings), longest);
    return scaled(plain, 1.0 + jitter * (2.0 * draw - 1.0));
}

milliseconds backoff::pause_max() const {
    return scaled(std::max(first, longest), 1.0 + jitter);
}

time_point plausible_due(time_point due, time_point now, milliseconds pause_max, double draw) {
    // Twice, because a message may be put back, or wait until a pause of its destination is over.
    if (due <= now + 2 * pause_max) return due;
    return now + scaled(pause_max, draw);
}

}  // namespace kurir::queue
