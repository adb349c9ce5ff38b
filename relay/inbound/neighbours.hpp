// Clients that are probably ours: such as an application that KURIR_TRUSTED_NETWORKS leaves out.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace kurir::inbound {

// Whether the address is one that the Internet does not route: private, shared, link-local, ours.
bool is_neighbour(const boost::asio::ip::address& address);

}  // namespace kurir::inbound
