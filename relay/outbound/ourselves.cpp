#include "relay/outbound/ourselves.hpp"

#include <algorithm>

#include "relay/net/stream.hpp"

namespace kurir::outbound {

namespace ip = boost::asio::ip;

bool is_ourselves(
    const ip::tcp::endpoint& to,
    std::span<const ip::tcp::endpoint> listeners,
    std::span<const ip::address> machine
) {
    const auto address = net::unmapped(to.address());
    // Connecting to the unspecified address connects to this machine.
    const bool of_machine = address.is_loopback() || address.is_unspecified() ||
                            std::ranges::find(machine, address) != machine.end();
    return std::ranges::any_of(listeners, [&](const ip::tcp::endpoint& own) {
        if (own.port() != to.port()) return false;
        if (!own.address().is_unspecified()) return net::unmapped(own.address()) == address;
        return of_machine && (own.address().is_v6() || address.is_v4());
    });
}

}  // namespace kurir::outbound
