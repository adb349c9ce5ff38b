#include "relay/outbound/ourselves.hpp"

#include <algorithm>

#include "relay/net/stream.hpp"

namespace kurir::outbound {

namespace ip = boost::asio::ip;

bool is_this_machine(const ip::address& address, std::span<const ip::address> machine) {
    // Connecting to the unspecified address connects to this machine.
    // RFC 1122: 0.0.0.0/8 is this host on this network.
    const bool is_this_network = address.is_v4() && address.to_v4().to_bytes()[0] == 0;
    return address.is_loopback() || address.is_unspecified() || is_this_network ||
           std::ranges::find(machine, address) != machine.end();
}

bool is_ourselves(
    const ip::tcp::endpoint& remote,
    std::span<const ip::tcp::endpoint> listeners,
    std::span<const ip::address> machine
) {
    const auto address = net::unmapped(remote.address());
    const bool of_machine = is_this_machine(address, machine);
    return std::ranges::any_of(listeners, [&](const ip::tcp::endpoint& own) {
        if (own.port() != remote.port()) return false;
        if (!own.address().is_unspecified()) return net::unmapped(own.address()) == address;
        return of_machine && (own.address().is_v6() || address.is_v4());
    });
}

}  // namespace kurir::outbound
