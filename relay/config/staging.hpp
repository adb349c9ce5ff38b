// What settings for staging do to all mail, in words. Pure.
#pragma once

#include <string>
#include <vector>

#include "relay/config/config.hpp"

namespace kurir::config {

// One for each setting that is on.
std::vector<std::string> staging_warnings(const config& config);

}  // namespace kurir::config
