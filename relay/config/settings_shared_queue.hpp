// Rows of the settings table: a queue that several relays share, and mail that one relay leaves to
// another. And checks across them.
#pragma once

#include <vector>

#include "relay/config/parse.hpp"
#include "relay/config/settings.hpp"

namespace kurir::config {

std::vector<setting> settings_of_shared_queue();

// Adds to what was found.
void check_shared_queue(const config& config, problems& found);

}  // namespace kurir::config
