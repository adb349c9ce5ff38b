// The rows of settings.cpp about who may send what.
#pragma once

#include <vector>

#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> settings_of_permissions();

}  // namespace kurir::config
