// How much of the Internet a set of networks covers. Pure.
#pragma once

#include "relay/config/network.hpp"

namespace kurir::config {

// Whether trusting these networks makes an open relay: they cover a sixteenth or more of the public
// IPv4 or IPv6 addresses together, however they are written.
bool covers_the_internet(const network_set& networks);

}  // namespace kurir::config
