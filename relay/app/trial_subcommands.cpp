#include "relay/app/trial_subcommands.hpp"

#include <CLI/CLI.hpp>

namespace kurir::app {

trial_subcommands::trial_subcommands(CLI::App& program)
    : doctor_(add_doctor(program, question_)), test_(add_send_test(program, order_)) {}

bool trial_subcommands::parsed() const {
    return doctor_->parsed() || test_->parsed();
}

int trial_subcommands::run(const config::loaded& loaded) const {
    return doctor_->parsed() ? run_doctor(loaded, question_) : send_test(loaded.config, order_);
}

}  // namespace kurir::app
