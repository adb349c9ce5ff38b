// The rows of settings.cpp about tokens by which clients log in.
#pragma once

#include <string>
#include <vector>

#include "relay/config/parse.hpp"
#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> settings_of_tokens();

// Adds mistakes that need several of these settings.
void check_tokens(const config& config, problems& found);

}  // namespace kurir::config
