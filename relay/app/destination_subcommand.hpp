// `kurir destinations` on the command line.
#pragma once

#include <string>

#include "relay/app/cli_app.hpp"
#include "relay/app/destination_commands.hpp"

namespace kurir::app {

class destination_subcommand {
public:
    // Adds it to `program`, which must outlive this.
    explicit destination_subcommand(CLI::App& program);
    destination_subcommand(const destination_subcommand&) = delete;
    destination_subcommand& operator=(const destination_subcommand&) = delete;

    bool parsed() const;
    // Returns the exit status.
    int run(const admin::address& relay) const;

private:
    CLI::App* command_;
    destination_question question_;
    bool json_ = false;
    bool ids_ = false;
};

}  // namespace kurir::app
