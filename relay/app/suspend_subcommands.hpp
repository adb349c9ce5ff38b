// `kurir suspend`, `kurir resume`, `kurir suspensions` on the command line.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "relay/app/cli_app.hpp"
#include "relay/app/suspend_commands.hpp"

namespace kurir::app {

class suspend_subcommands {
public:
    // Adds them to `program`, which must outlive this.
    explicit suspend_subcommands(CLI::App& program);
    suspend_subcommands(const suspend_subcommands&) = delete;
    suspend_subcommands& operator=(const suspend_subcommands&) = delete;

    bool parsed() const;
    // Runs the one that was parsed. Returns the exit status.
    int run(const admin::address& relay, const std::string& operator_name) const;

private:
    void add_subjects(CLI::App& command);

    CLI::App* suspend_;
    CLI::App* resume_;
    CLI::App* list_;
    std::vector<std::pair<std::string, std::string>> subjects_;  // empty pattern: not given
    suspend_order order_;
    bool json_ = false;
    bool ids_ = false;
};

}  // namespace kurir::app
