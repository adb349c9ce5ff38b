// Commands that print what the program knows of its own command line: completion and manual.
#pragma once

#include <string>

#include "relay/app/cli_app.hpp"

namespace kurir::app {

class help_subcommands {
public:
    // Adds them to `program`, and the names that have no subcommand behind them. It must outlive
    // this.
    explicit help_subcommands(CLI::App& program);
    help_subcommands(const help_subcommands&) = delete;
    help_subcommands& operator=(const help_subcommands&) = delete;

    bool parsed() const;

    // What the one that was parsed prints. Call when `program` has all its commands.
    std::string text() const;

private:
    const CLI::App& program_;
    const CLI::App* completion_;
    const CLI::App* manual_;
    std::string shell_;
};

}  // namespace kurir::app
