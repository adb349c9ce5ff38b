// Interprets all values together. Pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "relay/config/parse.hpp"

namespace kurir::config {

// Reads each value, fills in the defaults that depend on the machine, and makes checks that need
// several values. `found`: mistakes that are known already; others are added to them.
std::variant<config, problems> interpret(
    const std::vector<entry>& entries, const host& machine, problems found = {}
);

// Warnings about settings that are allowed but probably not meant.
std::vector<std::string> warnings_about(const config& config);

// Advice for a value with quotes around it, which `docker --env-file` keeps where a shell would
// take them away; or nothing.
std::string_view advice_on(std::string_view text);

}  // namespace kurir::config
