// `kurir suppress …` on the command line.
#pragma once

#include <string>

#include "relay/app/cli_app.hpp"
#include "relay/app/suppress_commands.hpp"

namespace kurir::app {

class suppress_subcommands {
public:
    // Adds them to `program`, which must outlive this.
    explicit suppress_subcommands(CLI::App& program);
    suppress_subcommands(const suppress_subcommands&) = delete;
    suppress_subcommands& operator=(const suppress_subcommands&) = delete;

    bool parsed() const;
    // Runs the one that was parsed. Returns the exit status.
    int run(const admin::address& relay, const std::string& operator_name) const;

private:
    CLI::App* add(const std::string& name, const std::string& help);
    void add_list();
    void add_changes();

    CLI::App* all_;
    suppress_order order_;
    std::string pattern_;
    std::string origin_;
    std::string reason_;
    bool has_expired_ = false;
    std::size_t limit_ = 0;
    bool json_ = false;
    bool ids_ = false;
};

}  // namespace kurir::app
