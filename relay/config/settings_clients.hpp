// The rows of settings.cpp about clients: what is accepted from them, TLS, sessions.
#pragma once

#include <vector>

#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> settings_of_accepting();
std::vector<setting> settings_of_client_tls();
std::vector<setting> settings_of_sessions();

}  // namespace kurir::config
