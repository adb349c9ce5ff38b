// Rows of the settings table: the operators' API over the network. And checks across them.
#pragma once

#include <string>
#include <vector>

#include "relay/config/parse.hpp"
#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> settings_of_operators();

// Adds to what was found.
void check_operators(const config& config, problems& found);

}  // namespace kurir::config
