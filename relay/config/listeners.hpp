// KURIR_LISTEN: the addresses that accept mail, each with its profile.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/config.hpp"

namespace kurir::config {

// Reads a list of "address:port" and "address:port?name=value&name=value", or returns what is
// wrong.
std::optional<std::string> read_listeners(
    std::string_view text, std::vector<listen_address>& value
);

// One listener as written in the setting.
std::string listener_text(const listen_address& listener);

// The names of the listeners that have one, in their order.
std::vector<std::string> names_of(const std::vector<listen_address>& listeners);

}  // namespace kurir::config
