// Who is at the other end of a session, and what it may do. Can change during the session: when a
// proxy names the client behind it, and by a credential.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>

#include "relay/config/network.hpp"
#include "relay/smtp/client_rights.hpp"

namespace kurir::inbound {

struct client {
    boost::asio::ip::address address;                      // of the connection
    std::optional<boost::asio::ip::address> told_address;  // named by a proxy that may do so
    std::string address_text;  // of the judged address, for logs and trace fields
    std::string network;       // of the judged address, as limits count it
    std::string credential;    // the name of the credential that the client has proved; empty: none
    smtp::client_rights rights;

    // The address by which the client is judged, limited and logged.
    const boost::asio::ip::address& judged_address() const noexcept {
        return told_address ? *told_address : address;
    }
};

// A client of which only the address is known, which is unmapped already. Those of
// `trusted_networks` may relay.
client client_at(
    const boost::asio::ip::address& address, const config::network_set& trusted_networks
);

}  // namespace kurir::inbound
