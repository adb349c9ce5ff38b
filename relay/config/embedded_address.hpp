// IPv6 addresses that lead to an IPv4 address, because a gateway or the kernel extracts it. Pure,
// by a table of the forms.
//
// The name servers of a foreign domain choose such addresses, so an IPv4 address that is prohibited
// must be prohibited in these forms too. A prefix that an operator chose for NAT64 or 6rd in their
// own network is not in the table: add it to the prohibited networks.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <vector>

namespace kurir::config {

// Each IPv4 address that `address` may lead to: one form can be read in several ways. Empty for
// IPv4 and for IPv6 addresses that embed none, ::1 and :: among them.
std::vector<boost::asio::ip::address_v4> embedded_addresses(const boost::asio::ip::address& address
);

}  // namespace kurir::config
