// Which of several source addresses a destination has, and how a route follows from that.
//
// Each site has the same address at every time and after every restart, so that what a provider
// allows an address is learnt for that address. The weights say to how many sites each is given. If
// an address is added or removed, only the sites that get it or had it change (rendezvous hashing).
//
// Pure.
#pragma once

#include <string_view>
#include <vector>

#include "relay/config/source_addresses.hpp"
#include "relay/outbound/route.hpp"

namespace kurir::outbound {

// The source of this family for a site; null if there is none.
const config::source_address* source_for(
    const config::source_addresses& sources, std::string_view site, bool v6
);

// Gives `route`, whose site is known, its sources and their names.
void choose_sources(const config::source_addresses& sources, route& route);

// Leaves out the addresses that can't be reached from `sources`, and targets without any other.
void keep_reachable(const local_addresses& sources, std::vector<target>& targets);

}  // namespace kurir::outbound
