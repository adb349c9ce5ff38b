// The settings of TLS to remote servers, rows of the table of settings.
#pragma once

#include <string>
#include <vector>

#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> remote_tls_rows();

// What is asked of TLS at the relayhost of this name, in capitals; "": at KURIR_RELAYHOST.
setting relayhost_tls_row(const std::string& name);

}  // namespace kurir::config
