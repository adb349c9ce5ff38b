// The settings of the suppression list.
#pragma once

#include <vector>

#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> settings_of_suppression();

}  // namespace kurir::config
