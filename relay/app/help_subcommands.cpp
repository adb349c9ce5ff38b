#include "relay/app/help_subcommands.hpp"

#include <CLI/CLI.hpp>

#include "relay/app/completion.hpp"
#include "relay/app/manual.hpp"
#include "relay/config/report.hpp"

namespace kurir::app {

help_subcommands::help_subcommands(CLI::App& program) : program_(program) {
    program.add_subcommand(
        "sendmail", "Hand the message on standard input to the relay (also under that name)"
    );
    program.add_subcommand("mailq", "As kurir queue (also under that name)");
    auto* completion = program.add_subcommand(
        "completion", "Print a script by which a shell completes these commands"
    );
    completion->add_option("SHELL", shell_, "Whose script")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh"}));
    completion_ = completion;
    manual_ = program.add_subcommand("manual", "Print the manual page, as roff");
}

bool help_subcommands::parsed() const {
    return completion_->parsed() || manual_->parsed();
}

std::string help_subcommands::text() const {
    const auto commands = command_tree(program_);
    if (manual_->parsed()) {
        const auto settings = config::listed(config::everything());
        return manual_page(commands, settings, KURIR_VERSION);
    }
    const auto& name = program_.get_name();
    return shell_ == "zsh" ? zsh_completion(commands, name) : bash_completion(commands, name);
}

}  // namespace kurir::app
