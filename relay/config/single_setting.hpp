// Reads one setting alone, so that a mistake in another one, or in its file, does not matter.
#pragma once

#include <string_view>
#include <variant>

#include "relay/config/parse.hpp"

namespace kurir::config {

// A configuration in which all but the setting `name` (KURIR_X) has its default. `name` must be one
// of settings().
std::variant<config, problems> parse_alone(
    std::string_view name, const environment& variables, const host& machine
);

}  // namespace kurir::config
