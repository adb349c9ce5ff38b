// Variables that configure images of other mail servers. Users who come from one are told Kurir's
// names. Pure; no value is read or shown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/config/parse.hpp"

namespace kurir::config {

// One line for each setting of Kurir that such variables correspond to, if it is not set itself.
std::vector<std::string> hints_for_other_images(const environment& variables);

// The same for one name that was given our prefix. Empty if it is unknown.
std::string hint_for_name(std::string_view name);

}  // namespace kurir::config
