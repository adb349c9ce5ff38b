// The rows of settings.cpp about what is changed in messages.
#pragma once

#include <vector>

#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> settings_of_rewriting();

}  // namespace kurir::config
