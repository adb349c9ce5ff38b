// What is configured of one relayhost, by its name in lower case; "" is KURIR_RELAYHOST. Pure.
#pragma once

#include <optional>
#include <string>

#include "relay/config/config.hpp"

namespace kurir::config {

// None if there is no such relayhost.
const relayhost_list& servers_of(const config& config, const std::string& name);

// What is asked of TLS, if that is set; otherwise `standard_policy` holds for each server.
const std::optional<tls_policy>& policy_of(const config& config, const std::string& name);

// One without a user name if there is none.
const relayhost_login& login_of(const config& config, const std::string& name);

}  // namespace kurir::config
