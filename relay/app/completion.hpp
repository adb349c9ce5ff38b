// Scripts by which a shell completes the words of the program's commands: subcommands, options, and
// values of which there are few. Pure.
#pragma once

#include <string>
#include <vector>

#include "relay/app/command_tree.hpp"

namespace kurir::app {

// For bash; `program` is the name that is completed.
std::string bash_completion(
    const std::vector<described_command>& commands, const std::string& program
);
// For zsh: the same, by the means that it has for scripts of bash.
std::string zsh_completion(
    const std::vector<described_command>& commands, const std::string& program
);

}  // namespace kurir::app
