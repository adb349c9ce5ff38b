// What the values that were found mean together. Pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "relay/config/parse.hpp"

namespace kurir::config {

// Reads each value, fills in the defaults that depend on the machine, and checks what one value
// alone does not show. `found`: mistakes that are known already, to which others are added.
std::variant<config, problems> interpret(
    const std::vector<entry>& entries, const host& machine, problems found = {}
);

// What is allowed but probably not meant.
std::vector<std::string> warnings_about(const config& config);

// Advice for a value with quotes around it, which `docker --env-file` keeps where a shell would
// take them away; or nothing.
std::string_view advice_on(std::string_view text);

}  // namespace kurir::config
