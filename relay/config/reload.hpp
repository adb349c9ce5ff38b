// Reads the files of the settings again, and reports the changes. Pure.
//
// The variables of a process don't change, but the files that they name may. A new version of a
// file is taken as a whole or not at all, and a mistake in one holds back no other: only what
// belongs to it (`reload_choice.hpp`), such as the password of a relayhost whose user is wrong, or
// a route to it.
#pragma once

#include <string>
#include <vector>

#include "relay/config/parse.hpp"

namespace kurir::config {

// A new version of a file that is not used: the last good one is.
struct held_file {
    std::string setting;  // whose value it holds
    std::string path;     // empty: no file is wrong, but the machine
    problems why;         // each line begins with the name of a variable or with a path
};

struct reloaded {
    loaded current;                     // what the next reload is compared with
    config in_effect;                   // the configuration to put into effect
    std::vector<std::string> changed;   // names of settings that have a new value
    std::vector<std::string> waiting;   // those that would have one after a restart
    std::vector<std::string> warnings;  // new ones
    std::vector<held_file> held;
};

// `before`: from the start, or from the last reload. `in_effect`: its configuration, with changes
// that the program made. `machine`: as at the start, except for its files.
reloaded reload(
    const loaded& before,
    const config& in_effect,
    const environment& variables,
    const host& machine,
    const catalogue& known = everything()
);

}  // namespace kurir::config
