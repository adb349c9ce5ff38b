// The rows of settings.cpp about who may log in.
#pragma once

#include <vector>

#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> settings_of_logins();

}  // namespace kurir::config
