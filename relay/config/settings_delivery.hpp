// The rows of settings.cpp about remote servers: their names, delivery, how long to wait.
#pragma once

#include <vector>

#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> settings_of_names();
std::vector<setting> settings_of_delivery();
std::vector<setting> settings_of_waiting();

}  // namespace kurir::config
