// The rows of settings.cpp about DKIM signatures.
#pragma once

#include <vector>

#include "relay/config/parse.hpp"
#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> settings_of_dkim();

// Adds mistakes that need several of these settings.
void check_dkim(const config& config, problems& found);

}  // namespace kurir::config
