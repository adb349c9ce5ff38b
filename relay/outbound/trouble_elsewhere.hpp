// What other relays of the queue have found: destinations that can't be reached. GOVERNOR.md says
// what is told, and who believes it. Pure.
#pragma once

#include <chrono>
#include <string>

#include "relay/net/clock.hpp"

namespace kurir::outbound {

// A relay that had a success anywhere within this time has a network, and may tell of trouble.
inline constexpr auto network_proven_for = std::chrono::minutes(1);
// A relay that had a success there within this time finds out by itself. It does not remember a
// destination without mail for longer.
inline constexpr auto own_word_counts_for = std::chrono::minutes(10);
// The longest pause that is taken over, before what is added.
inline constexpr auto borrowed_pause_max = std::chrono::minutes(15);

// How long a destination is left alone whose finder probes it in `left`: longer by a quarter to a
// half, so that the finder is the first, and the others not all at once. `draw`: in [0, 1).
std::chrono::milliseconds borrowed_pause(std::chrono::milliseconds left, double draw);

struct trouble_elsewhere {
    net::clock::time_point until;  // a probe here
    std::string because;           // printable
};

}  // namespace kurir::outbound
