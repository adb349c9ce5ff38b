// Names and addresses as written in settings: parses them or says what is wrong.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "relay/config/config.hpp"

namespace kurir::config {

// A host and a port as "host", "host:port", "[v6]" or "[host]:port". A bare IPv6 address is a host.
struct host_and_port {
    std::string host;
    std::optional<std::uint16_t> port;
};
std::optional<host_and_port> split_port(std::string_view text);

// A host name by RFC 1123: letters, digits and hyphens, labels up to 63, 253 in all; not an
// address.
bool is_host_name(std::string_view text);

// True if it is a pattern of names (pattern_map.hpp): *, a host name, "*." before one, an address,
// or an address literal as mail addresses have them.
bool is_name_pattern(std::string_view text);

// True if it looks like local@domain. smtp has the full grammar; this only finds typing errors.
bool is_mail_address(std::string_view text);

// An address with its port; the port is required.
std::optional<boost::asio::ip::tcp::endpoint> endpoint_of(std::string_view text);

// An address with its port, or a port alone as "2525", ":2525" or "*:2525", which is [::] and may
// fall back to 0.0.0.0.
struct place_to_listen {
    boost::asio::ip::tcp::endpoint endpoint;
    bool any_family = false;
};
std::optional<place_to_listen> place_to_listen_of(std::string_view text);

std::string endpoint_text(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace kurir::config
