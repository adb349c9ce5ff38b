// The addresses of this machine.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <vector>

namespace kurir::net {

// The current IPv4 and IPv6 addresses of all interfaces; none if the system call fails.
std::vector<boost::asio::ip::address> interface_addresses();

}  // namespace kurir::net
