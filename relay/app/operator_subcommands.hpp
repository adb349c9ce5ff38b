// All subcommands that ask a running relay.
#pragma once

#include <string>

#include "relay/app/destination_subcommand.hpp"
#include "relay/app/queue_subcommands.hpp"
#include "relay/app/suppress_subcommands.hpp"
#include "relay/app/suspend_subcommands.hpp"

namespace kurir::app {

class operator_subcommands {
public:
    // Adds them to `program`, which must outlive this.
    explicit operator_subcommands(CLI::App& program)
        : queue_(program), destinations_(program), suspend_(program), suppress_(program) {}

    bool parsed() const {
        return queue_.parsed() || destinations_.parsed() || suspend_.parsed() || suppress_.parsed();
    }

    // Runs the one that was parsed. Returns the exit status.
    // `operator_name`: who gives an order.
    int run(const admin::address& relay, const std::string& operator_name) const {
        if (destinations_.parsed()) return destinations_.run(relay);
        if (suspend_.parsed()) return suspend_.run(relay, operator_name);
        if (suppress_.parsed()) return suppress_.run(relay, operator_name);
        return queue_.run(relay, operator_name);
    }

private:
    queue_subcommands queue_;
    destination_subcommand destinations_;
    suspend_subcommands suspend_;
    suppress_subcommands suppress_;
};

}  // namespace kurir::app
