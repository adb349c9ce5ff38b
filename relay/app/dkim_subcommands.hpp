// `kurir dkim …` on the command line.
#pragma once

#include <string>

#include "relay/app/cli_app.hpp"
#include "relay/app/dkim_commands.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

class dkim_subcommands {
public:
    // Adds them to `program`, which must outlive this.
    explicit dkim_subcommands(CLI::App& program);

    bool parsed() const;

    // Runs the one that was parsed. Returns the exit status.
    int run(const config::config& config) const;

private:
    CLI::App* generate_;
    CLI::App* show_;
    CLI::App* check_;
    key_order order_;
    std::string domain_;
};

}  // namespace kurir::app
