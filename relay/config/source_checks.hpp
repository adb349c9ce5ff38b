// What is wrong with source addresses beside other settings, and on this machine. Pure.
#pragma once

#include "relay/config/config.hpp"
#include "relay/config/host.hpp"
#include "relay/config/parse.hpp"

namespace kurir::config {

// `machine`: asked for its addresses, if it tells them.
void check_sources(const config& config, const host& machine, problems& found);

// The machine as it was when `before` was accepted: an address that has gone since then is told
// where it is used, and must not keep other settings from being read again.
host with_addresses_of(host machine, const config& before);

}  // namespace kurir::config
