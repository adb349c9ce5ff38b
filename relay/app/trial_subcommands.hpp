// `kurir doctor` and `kurir send-test` on the command line.
#pragma once

#include "relay/app/doctor.hpp"
#include "relay/app/send_test.hpp"
#include "relay/config/parse.hpp"

namespace kurir::app {

class trial_subcommands {
public:
    // Adds them to `program`, which must outlive this.
    explicit trial_subcommands(CLI::App& program);

    bool parsed() const;

    // Runs the one that was parsed. Returns the exit status.
    int run(const config::loaded& loaded) const;

private:
    doctor_order question_;
    test_order order_;
    CLI::App* doctor_;
    CLI::App* test_;
};

}  // namespace kurir::app
