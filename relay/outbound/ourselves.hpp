// Whether an address is one of our own listeners. Pure.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <span>

namespace kurir::outbound {

// True if a connection to `to` would reach one of `listeners`, which are bound. A listener on the
// wildcard receives every address of this machine: `machine` and all of loopback. The IPv6 wildcard
// also receives IPv4, unless another listener has it (which then is ours as well). A mapped address
// (::ffff:192.0.2.1) counts as the address in it.
bool is_ourselves(
    const boost::asio::ip::tcp::endpoint& remote,
    std::span<const boost::asio::ip::tcp::endpoint> listeners,
    std::span<const boost::asio::ip::address> machine
);

// Whether a connection to `address` would end at this machine, whoever listens there. `machine`:
// the addresses of its interfaces.
bool is_this_machine(
    const boost::asio::ip::address& address, std::span<const boost::asio::ip::address> machine
);

}  // namespace kurir::outbound
