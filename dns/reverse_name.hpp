// The name under which the DNS has the host names of an address (RFC 1035 section 3.5, RFC 3596
// section 2.5). Pure.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>

namespace kurir::dns {

// "25.2.0.192.in-addr.arpa", or 32 hexadecimal digits in reverse order below "ip6.arpa".
std::string reverse_name(const boost::asio::ip::address& address);

}  // namespace kurir::dns
