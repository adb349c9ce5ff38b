// The commands of operators: those that ask a running relay, and what they need.
#pragma once

#include <string>

#include "relay/app/cli_app.hpp"
#include "relay/app/destination_subcommand.hpp"
#include "relay/app/queue_subcommands.hpp"
#include "relay/app/suppress_subcommands.hpp"
#include "relay/app/suspend_subcommands.hpp"
#include "relay/app/trace_command.hpp"
#include "relay/app/transcript_command.hpp"

namespace kurir::app {

class operator_commands {
public:
    // Adds them to `program`, which must outlive this.
    explicit operator_commands(CLI::App& program);
    operator_commands(const operator_commands&) = delete;
    operator_commands& operator=(const operator_commands&) = delete;

    bool parsed() const;

    // Runs the one that was parsed. Returns the exit status.
    int run(char** environ) const;

private:
    int set_log_level(const admin::address& relay, const std::string& operator_name) const;

    queue_subcommands queue_;
    destination_subcommand destinations_;
    suspend_subcommands suspend_;
    suppress_subcommands suppress_;
    CLI::App* top_;
    bool once_ = false;
    CLI::App* trace_;
    trace_question traced_;
    CLI::App* nodes_;
    bool nodes_as_json_ = false;
    CLI::App* level_;
    std::string wanted_level_;
    transcript_order transcript_;
    CLI::App* token_;
    std::string token_name_;
    std::string rights_ = "read,act";
};

}  // namespace kurir::app
