// Variables by which images of other mail servers are configured, so that whoever comes from one is
// told what Kurir calls the same. Pure; no value is read or shown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/config/parse.hpp"

namespace kurir::config {

// One line for each setting of Kurir that such variables would set, and is not set itself.
std::vector<std::string> hints_for_other_images(const environment& variables);

// The same for one name that somebody put our prefix before. Empty if it is unknown.
std::string hint_for_name(std::string_view name);

}  // namespace kurir::config
