// Which hosts must not be reached, and the name we give in EHLO.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <span>
#include <string>

#include "relay/config/config.hpp"
#include "relay/outbound/hosts.hpp"
#include "relay/outbound/route.hpp"
#include "relay/outbound/smtp_client.hpp"

namespace kurir::outbound {

// Why no connection is made to `host`: its address, at the moment of connecting, or the IPv4
// address that it leads to, lies in KURIR_PROHIBITED_NETWORKS. That this machine is no mail server
// for others is proven; what only the setting forbids is deferred, with a warning. A configured
// host may be anywhere (decision 18, decision 35).
std::optional<verdict> unreachable_by_rule(
    const config::config& config, const route& route, const host_address& host
);

// The connection would reach one of our own listeners, which are bound to these addresses.
std::optional<verdict> ourselves_at(
    std::span<const boost::asio::ip::tcp::endpoint> own_listeners,
    const route& route,
    const smtp_client& client
);

// The server greeted with our own name: it is ourselves behind another address.
std::optional<verdict> greeted_by_ourselves(
    const config::config& config, const route& route, const smtp_client& client
);

// EHLO's argument: the name of the source address, or our name if it is qualified, else the address
// literal of our side (RFC 5321 section 4.1.4, decision 17).
std::string hello_name(
    const config::config& config, const route& route, const boost::asio::ip::address& local
);

client_timeouts timeouts_of(const config::config& config);

}  // namespace kurir::outbound
