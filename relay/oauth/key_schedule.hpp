// When the keys of a token issuer are fetched. Pure: the caller supplies the clock reading.
//
// - Each hour. A key that the issuer has withdrawn is good until then.
// - After a failure: in seconds, doubling to five minutes. The keys that are there stay good.
// - When a token names a key that is not among them, because the issuer has a new one. That is at
//   most once a minute: everybody can name a key that there is not.
#pragma once

#include <chrono>

#include "relay/net/clock.hpp"

namespace kurir::oauth {

class key_schedule {
public:
    using time_point = net::clock::time_point;

    static constexpr std::chrono::hours renewal{1};
    static constexpr std::chrono::seconds demand_pause{60};
    static constexpr std::chrono::seconds failure_pause_min{5};
    static constexpr std::chrono::seconds failure_pause_max{300};

    // When keys are fetched next, whether somebody needs new ones or not.
    time_point next() const noexcept { return next_; }

    // Whether they may be fetched now because somebody needs new ones.
    bool allows(time_point now) const noexcept { return now >= next_demanded_; }

    // A fetch has ended.
    void succeeded(time_point now) noexcept;
    void failed(time_point now) noexcept;

private:
    time_point next_{};
    time_point next_demanded_{};
    std::chrono::seconds pause_{0};
};

}  // namespace kurir::oauth
