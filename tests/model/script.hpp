// How the destinations of a simulated world behave, and what must become of mail for them.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "queue/message.hpp"

namespace model {

using kurir::queue::time_point;
using dice = std::mt19937_64;

enum class mood : std::uint8_t {
    healthy,
    dead,         // nobody answers
    busy,         // 421 to more than `bearable` connections
    deferring,    // 451 to every recipient
    silent_name,  // the name can't be looked up at the moment
    no_name,      // the name does not exist
};

struct phase {
    time_point until;
    mood state = mood::healthy;
};

struct domain {
    std::string name;
    std::string site;           // domains may share one
    std::vector<phase> phases;  // the last one goes on for ever
    std::size_t bearable = 2;
    std::chrono::milliseconds latency{100};

    mood at(time_point now) const;
    // What it is in the end, and so what becomes of mail that waits long enough.
    mood finally() const { return phases.back().state; }
};

// Local parts that a healthy destination refuses.
inline const std::string refused_local_part = "nobody";

// A relayhost, which takes mail for all domains.
domain random_relayhost(dice& draw, time_point start, const std::string& name);

// Domains of every kind. The one that the senders' bounces go to is the first: healthy in the end.
std::vector<domain> random_domains(dice& draw, time_point start);

}  // namespace model
