// The addresses of one host, from what was said about both families. Pure.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>

#include <vector>

#include "dns/error.hpp"
#include "dns/record.hpp"

namespace kurir::dns {

// IPv6 before IPv4, each as the server listed them. Without a way out by IPv6 (`ipv6_works`), IPv4
// alone; but a host that has nothing else keeps its IPv6 addresses: it exists, and can't be reached
// now.
//
// If there are none: a failure that proves nothing comes before one that does.
result<std::vector<boost::asio::ip::address>> addresses_of(
    const result<answer>& six, const result<answer>& four, bool ipv6_works
);

// Whether this machine has a route to the IPv6 internet. Sends nothing.
bool has_ipv6_route(const boost::asio::any_io_executor& executor);

}  // namespace kurir::dns
