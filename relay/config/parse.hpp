// Turns environment variables into one valid configuration, or into a list of all mistakes.
//
// Each variable KURIR_X may be given as KURIR_X_FILE instead: the path of a file that holds the
// value, of which one trailing newline is dropped. An empty variable counts as unset.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/config/host.hpp"
#include "relay/config/settings.hpp"

namespace kurir::config {

using environment = std::map<std::string, std::string, std::less<>>;

// Where the value of a setting came from.
struct source {
    enum class kind : std::uint8_t { standard, variable, file };
    kind given_by = kind::standard;
    std::string path = {};   // of a file
    std::string alias = {};  // the variable of another image that gave it, if one did
};

// A setting and its value as it was found.
struct entry {
    setting row;
    std::string text;
    source origin;
};

struct loaded {
    kurir::config::config config;
    std::vector<entry> entries;         // of settings() in their order, then of families
    std::vector<std::string> warnings;  // to be logged at every start
    std::vector<std::string> notices;   // the same, but without need for action
    std::map<std::string, std::string> files = {};  // what was in those that were read, by path
};

// One line each, each beginning with the name of a variable.
using problems = std::vector<std::string>;

std::variant<loaded, problems> parse(
    const environment& variables, const host& machine, const catalogue& known = everything()
);

// The variables of this process: `environ` is the array of the C library.
environment environment_of(char** environ);

}  // namespace kurir::config
