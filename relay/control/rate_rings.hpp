// How much mail a second and a minute brought, as far back as a page shows it: rings of fixed size.
//
// Pure; not thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "relay/net/clock.hpp"

namespace kurir::control {

// The events that are counted, by their names in the log.
inline constexpr std::array<std::string_view, 4> counted_events{
    "received", "delivered", "deferred", "bounced"
};

class rate_rings {
public:
    static constexpr std::size_t length = 60;
    using counts = std::array<std::uint32_t, counted_events.size()>;

    // `kind`: an index of `counted_events`.
    void count(std::size_t kind, net::clock::time_point now);

    // The last `length` seconds or minutes that are over, the oldest first.
    std::vector<counts> seconds(net::clock::time_point now);
    std::vector<counts> minutes(net::clock::time_point now);

private:
    struct ring {
        std::chrono::seconds step;
        std::int64_t newest = 0;  // the number of the step that is under way
        std::array<counts, length + 1> steps{};

        void advance(net::clock::time_point now);
        std::vector<counts> finished(net::clock::time_point now);
    };

    ring seconds_{.step = std::chrono::seconds(1)};
    ring minutes_{.step = std::chrono::minutes(1)};
};

}  // namespace kurir::control
