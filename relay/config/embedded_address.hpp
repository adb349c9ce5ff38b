// IPv6 addresses that lead to an IPv4 address, because a gateway or the kernel takes the one out of
// the other. Pure, by a table of the forms.
//
// The name servers of a foreign domain choose such an address, so what must not be reached by its
// IPv4 address must not be reached in these clothes. A prefix that an operator chose for a NAT64 or
// 6rd of the own network is not in the table: add it to the networks that are prohibited.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <vector>

namespace kurir::config {

// Each IPv4 address that `address` may lead to: one form can be read in several ways. Empty for
// IPv4 and for IPv6 addresses that embed none, ::1 and :: among them.
std::vector<boost::asio::ip::address_v4> embedded_addresses(const boost::asio::ip::address& address
);

}  // namespace kurir::config
