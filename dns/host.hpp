// The addresses of one host, from the answers for both families. Pure.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>

#include <vector>

#include "dns/error.hpp"
#include "dns/record.hpp"

namespace kurir::dns {

// IPv6 before IPv4, each in the server's order. Without an IPv6 route (`ipv6_works`), only IPv4.
// But a host with IPv6 only keeps its IPv6 addresses: it exists, it just can't be reached now.
//
// Without any address: an error that proves nothing takes precedence over one that does.
result<std::vector<boost::asio::ip::address>> addresses_of(
    const result<answer>& six, const result<answer>& four, bool ipv6_works
);

// Whether this machine has a route to the IPv6 internet. Sends nothing.
bool has_ipv6_route(const boost::asio::any_io_executor& executor);

}  // namespace kurir::dns
