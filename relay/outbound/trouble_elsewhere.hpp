// What other relays of the queue have found: destinations that can't be reached. GOVERNOR.md says
// what is told, and who believes it. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>

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

class trouble_elsewhere {
public:
    static constexpr std::size_t remembered_max = 10'000;

    struct trouble {
        net::clock::time_point until;  // a probe here
        std::string because;           // printable
    };
    // If it has no room, not even after what is over, it forgets this one.
    void note(const std::string& destination, trouble found, net::clock::time_point now);
    void forget(const std::string& destination) { found_.erase(destination); }
    // Null: none, or it is over.
    const trouble* at(const std::string& destination, net::clock::time_point now) const;
    bool empty() const noexcept { return found_.empty(); }

private:
    std::unordered_map<std::string, trouble> found_;
};

}  // namespace kurir::outbound
