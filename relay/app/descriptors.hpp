// How many descriptors the process may have open: the limit it was given is often for another kind
// of program.
#pragma once

#include <cstddef>
#include <cstdint>

#include "relay/config/config.hpp"

namespace kurir::app {

// What sessions, deliveries, the store and the rest may need at once. Pure.
std::uint64_t descriptors_wanted(const config::config& config) noexcept;

// How many deliveries may be under way at a time with so many descriptors: as many as configured,
// or fewer, so that the store, look-ups and sessions find some too. Pure.
std::size_t workers_within(std::uint64_t limit, const config::config& config) noexcept;

// Raises the limit to that, if it is allowed to. The limit then.
std::uint64_t raise_descriptor_limit(std::uint64_t wanted) noexcept;

}  // namespace kurir::app
