// The limit of open descriptors: the default limit is often too low for a server.
#pragma once

#include <cstddef>
#include <cstdint>

#include "relay/config/config.hpp"

namespace kurir::app {

// The number of descriptors that sessions, deliveries, the store and the rest may need at once.
// Pure.
std::uint64_t descriptors_wanted(const config::config& config) noexcept;

// The number of simultaneous deliveries that so many descriptors allow: as many as configured, or
// fewer, so that some are left for the store, look-ups and sessions. Pure.
std::size_t workers_within(std::uint64_t limit, const config::config& config) noexcept;

// Raises the limit to `wanted`, if that is allowed. Returns the limit in effect.
std::uint64_t raise_descriptor_limit(std::uint64_t wanted) noexcept;

}  // namespace kurir::app
