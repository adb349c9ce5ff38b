// Who is at the other end of a session, and what it may do. Can change during the session: when a
// proxy names the client behind it, and by a credential.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>

#include "relay/config/config.hpp"
#include "relay/config/network.hpp"
#include "relay/inbound/proxy_header.hpp"
#include "relay/smtp/client_rights.hpp"
#include "relay/smtp/xclient.hpp"

namespace kurir::inbound {

struct client {
    boost::asio::ip::address address;                      // of the connection
    std::optional<boost::asio::ip::address> told_address;  // named by a proxy that may do so
    bool unknown = false;      // it came through a proxy that does not know its address
    std::string address_text;  // of the judged address, for logs and trace fields
    std::string proxy_text;    // of the connection, if a proxy told who the client is
    std::string network;       // of the judged address, as limits count it
    std::string credential;    // the name of the credential that the client has proved; empty: none
    smtp::client_rights rights;

    // The address by which the client is judged, limited and logged.
    const boost::asio::ip::address& judged_address() const noexcept {
        return told_address ? *told_address : address;
    }

    // The address by which permissions and rules know it; nothing if a proxy does not.
    std::optional<boost::asio::ip::address> known_address() const {
        return unknown ? std::nullopt : std::optional(judged_address());
    }
};

// As whom limits and turns count it: the credential, or the network.
std::string counted_as(const client& client);

// A client of which only the address is known, which is unmapped already. Those of the trusted
// networks may relay.
client client_at(const boost::asio::ip::address& address, const config::config& config);

// Decides anew what the client is called and what it may do, after one of the other members has
// changed. Whoever has a credential may relay. A client whose address is not known may do nothing
// by that of the proxy.
void judge(client& known, const config::config& config);

// What is left of `known`, a proxy, when it has named the client for which it speaks. A credential
// stays that of who has proved it: it does not pass from a proxy to its client, unless the proxy
// says so. After XCLIENT no login of before counts, whatever it tells.
client behind(client known, const proxy_claim& claim, const config::config& config);
client behind(client known, const smtp::client_claims& claims, const config::config& config);

}  // namespace kurir::inbound
