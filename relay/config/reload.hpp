// Reads the files of the settings again, and says what that changes. Pure.
//
// The variables of a process don't change; what their _FILE names may. A new version counts as a
// whole or not at all: what is wrong with any of it keeps everything as it was.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "relay/config/parse.hpp"

namespace kurir::config {

struct reloaded {
    loaded now;                         // what the next reload is compared with
    config in_effect;                   // what is to be in effect
    std::vector<std::string> changed;   // names of settings that have a new value
    std::vector<std::string> waiting;   // those that would have one after a restart
    std::vector<std::string> warnings;  // that there were not before
};

// `before`: from the start, or from the last reload that succeeded. `in_effect`: its configuration
// with what the program has changed in it. `machine`: as it was at the start, but for its files.
std::variant<reloaded, problems> reload(
    const loaded& before,
    const config& in_effect,
    const environment& variables,
    const host& machine,
    const catalogue& known = everything()
);

}  // namespace kurir::config
