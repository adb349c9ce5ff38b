// Limits of a destination that a relay has found by its refusals, as relays of one queue tell each
// other. GOVERNOR.md says what is told, and who begins with it. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "relay/net/clock.hpp"

namespace kurir::outbound {

struct found_limits {
    std::optional<std::size_t> connections = {};  // that the destination takes; at least 1
    std::optional<double> pace = {};              // messages a second; more than 0

    bool empty() const noexcept { return !connections && !pace; }
    bool operator==(const found_limits&) const = default;
};

// For so long others believe it.
inline constexpr auto limits_told_for = std::chrono::minutes(10);

// "connections=4 pace=12.5".
std::string text_of(const found_limits& limits);
// What is not known, or no limit, is passed over: a later version may tell more.
found_limits read_found_limits(std::string_view text);

// What some relay, maybe this one, told the others.
struct limits_elsewhere {
    net::clock::time_point until;
    found_limits found;
};

// What a relay told the others last of a destination.
struct told_limits {
    found_limits limits = {};
    std::optional<net::clock::time_point> at = {};
};
// Whether to tell them that `found` is what it knows now. Small changes are not worth it.
bool is_news(const told_limits& told, const found_limits& found, net::clock::time_point now);

}  // namespace kurir::outbound
