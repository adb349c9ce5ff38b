#include "relay/inbound/client.hpp"

#include "relay/inbound/admission.hpp"

namespace kurir::inbound {

client client_at(
    const boost::asio::ip::address& address, const config::network_set& trusted_networks
) {
    client known;
    known.address = address;
    known.address_text = address.to_string();
    known.network = client_network(address);
    known.rights.may_relay = trusted_networks.contains(address);
    return known;
}

}  // namespace kurir::inbound
