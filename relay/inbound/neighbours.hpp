// Recognizes clients that are probably ours, such as an application that is missing from
// KURIR_TRUSTED_NETWORKS.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace kurir::inbound {

// True if the Internet does not route the address: private, shared, link-local, or of this machine.
bool is_neighbour(const boost::asio::ip::address& address);

}  // namespace kurir::inbound
