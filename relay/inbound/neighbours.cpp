#include "relay/inbound/neighbours.hpp"

#include <tuple>

#include "relay/config/network.hpp"

namespace kurir::inbound {

bool is_neighbour(const boost::asio::ip::address& address) {
    static const auto neighbours = [] {
        config::network_set made;
        std::ignore = config::network_set::parse("loopback private shared linklocal", made);
        return made;
    }();
    return neighbours.contains(address);
}

}  // namespace kurir::inbound
