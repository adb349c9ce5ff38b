// Whether somebody can log in where KURIR_LISTEN lets clients do so. Pure.
#pragma once

#include <string>
#include <vector>

#include "relay/config/parse.hpp"

namespace kurir::config {

// Both add to what was found.
void check_auth(const config& config, problems& found);
void warn_about_auth(const config& config, std::vector<std::string>& warnings);

}  // namespace kurir::config
