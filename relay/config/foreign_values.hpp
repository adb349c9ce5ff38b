// Values as other images write them, in Kurir's form. Pure.
//
// Each returns nothing for a value that asks for what Kurir does by itself, and leaves a value that
// it does not understand as it is: the reader of the setting then says what is wrong with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kurir::config {

using translation = std::optional<std::string> (*)(std::string_view value);

std::optional<std::string> same_value(std::string_view value);

// Postfix: 127.0.0.0/8, [::1]/128. Exim: 10.0.0.0/8;172.16.0.0/12 and :10.0.0.0/8:172.16.0.0/12.
std::optional<std::string> networks_value(std::string_view value);

// Postfix: [mail.example]:submission, where 0 means no limit.
std::optional<std::string> relayhost_value(std::string_view value);
std::optional<std::string> size_value(std::string_view value);

// Postfix's inet_protocols: all, ipv4, ipv6, or both in a list.
std::optional<std::string> protocols_value(std::string_view value);

// A switch that turns IPv6 off.
std::optional<std::string> no_ipv6_value(std::string_view value);

// Postfix's levels: none, may, encrypt, dane, verify, secure …
std::optional<std::string> tls_level_value(std::string_view value);

// Seconds between two messages to a destination, as a rate.
std::optional<std::string> rate_delay_value(std::string_view value);

// plain, json; debug, info, trace …
std::optional<std::string> log_format_value(std::string_view value);
std::optional<std::string> log_level_value(std::string_view value);

// Which networks docker-mailserver trusts: none, container, network.
std::optional<std::string> docker_networks_value(std::string_view value);

// Postfix's always_add_missing_headers.
std::optional<std::string> missing_headers_value(std::string_view value);

// The server of a provider, whatever the value is, and that of a region.
std::optional<std::string> gmail_value(std::string_view user);
std::optional<std::string> usual_ses_value(std::string_view user);
std::optional<std::string> ses_value(std::string_view region);

// Hosts and ports that are given apart: `port` counts unless `host` has one.
std::string joined_place(std::string host, std::string_view port);

}  // namespace kurir::config
