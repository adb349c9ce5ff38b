// Finds the known name that a misspelt one probably means.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kurir::config {

// How many letters must be inserted, removed, replaced or swapped with their neighbour.
std::size_t edit_distance(std::string_view from, std::string_view to);

// The name of `known` with the smallest distance, or nothing if all are too far from `name`.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace kurir::config
