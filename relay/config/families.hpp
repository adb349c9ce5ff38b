// The settings of a family for the names that an environment has. Pure.
//
// A variable belongs to a family if it begins with its prefix and ends like one of its settings;
// the text in between is the name. If several settings fit the end, the longest counts. With _FILE
// at the end it is the same setting. Names have no underscore if one of the settings is the prefix
// and the name alone. Callers leave out variables that are settings by themselves.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/parse.hpp"
#include "relay/config/settings.hpp"

namespace kurir::config {

// The name in `variable`, without its _FILE, if it is of the family.
std::optional<std::string> name_in_family(const family& family, std::string_view variable);

// The names that variables with a value give.
std::set<std::string> names_in_family(const family& family, const environment& variables);

// What a variable of the family that is not one of its settings may mean: all settings of the names
// that fit.
std::vector<std::string> candidates_in_family(const family& family, std::string_view variable);

}  // namespace kurir::config
