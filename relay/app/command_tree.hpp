// The commands of the program as values, for completion and the manual: what they say can't fall
// behind what is parsed.
#pragma once

#include <string>
#include <vector>

#include "relay/app/cli_app.hpp"

namespace kurir::app {

struct described_option {
    std::vector<std::string> names = {};    // "--json"; none: it is an argument
    std::string value = {};                 // what stands for its value: "TEXT"; empty: a flag
    std::vector<std::string> choices = {};  // the words that it may be, if they are few
    std::string help = {};
    bool required = false;
};

struct described_command {
    std::string path;  // "kurir queue show"
    std::string help = {};
    std::vector<described_option> options = {};
    std::vector<std::string> subcommands = {};  // names
};

// Each command before its subcommands, in the order of the help.
std::vector<described_command> command_tree(const CLI::App& program);

}  // namespace kurir::app
