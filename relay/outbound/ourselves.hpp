// Whether an address is one of our own listeners. Pure.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <span>

namespace kurir::outbound {

// A connection to `to` would reach one of `listeners`, which are bound. One that is bound to the
// wildcard takes every address of this machine: `machine` and all of loopback; the IPv6 wildcard
// takes those of IPv4 too, unless another listener has them (which then is ours as well). A mapped
// address (::ffff:192.0.2.1) is the address in it.
bool is_ourselves(
    const boost::asio::ip::tcp::endpoint& to,
    std::span<const boost::asio::ip::tcp::endpoint> listeners,
    std::span<const boost::asio::ip::address> machine
);

// Whether a connection to `address` would end at this machine, whoever listens there. `machine`:
// the addresses of its interfaces.
bool is_this_machine(
    const boost::asio::ip::address& address, std::span<const boost::asio::ip::address> machine
);

}  // namespace kurir::outbound
