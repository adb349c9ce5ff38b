// Who may relay, and whether more may than is meant. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <vector>

#include "relay/config/network.hpp"
#include "relay/doctor/finding.hpp"

namespace kurir::doctor {

// `gateways`: the default ones of this machine. `in_container`: a gateway then stands for every
// client of a published port.
std::vector<finding> judge_trust(
    const config::network_set& trusted,
    const std::vector<boost::asio::ip::address>& gateways,
    bool in_container
);

}  // namespace kurir::doctor
