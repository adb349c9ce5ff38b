// Reads the files of the settings again, and reports the changes. Pure.
//
// The variables of a process don't change, but the files that they name may. A new version is taken
// as a whole or not at all: with any mistake everything stays as it was.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "relay/config/parse.hpp"

namespace kurir::config {

struct reloaded {
    loaded current;                     // what the next reload is compared with
    config in_effect;                   // the configuration to put into effect
    std::vector<std::string> changed;   // names of settings that have a new value
    std::vector<std::string> waiting;   // those that would have one after a restart
    std::vector<std::string> warnings;  // new ones
};

// `before`: from the start, or from the last reload that succeeded. `in_effect`: its configuration,
// with changes that the program made. `machine`: as at the start, except for its files.
std::variant<reloaded, problems> reload(
    const loaded& before,
    const config& in_effect,
    const environment& variables,
    const host& machine,
    const catalogue& known = everything()
);

}  // namespace kurir::config
