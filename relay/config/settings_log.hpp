// The settings about what Kurir tells of itself: the log, and what metrics name.
#pragma once

#include <vector>

#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> settings_of_log();

}  // namespace kurir::config
