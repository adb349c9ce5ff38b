// The addresses of this machine.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <vector>

namespace kurir::net {

// IPv4 and IPv6 addresses of all interfaces, as they are now; none if the system does not tell.
std::vector<boost::asio::ip::address> interface_addresses();

}  // namespace kurir::net
