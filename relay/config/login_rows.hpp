// The settings of a login to a relayhost, for each relayhost the same ones. Pure.
#pragma once

#include <string>
#include <vector>

#include "relay/config/parse.hpp"
#include "relay/config/settings.hpp"

namespace kurir::config {

// Those of the relayhost of this name, in lower case; empty: of KURIR_RELAYHOST. Each begins with
// `prefix`.
std::vector<setting> login_rows(const std::string& prefix, const std::string& name);

// Adds mistakes, and warnings, that need several of these settings.
void check_logins(const config& config, problems& found);
void warn_about_logins(const config& config, std::vector<std::string>& warnings);

}  // namespace kurir::config
