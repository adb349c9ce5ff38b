#include "relay/app/destination_subcommand.hpp"

#include <CLI/CLI.hpp>

namespace kurir::app {

destination_subcommand::destination_subcommand(CLI::App& program)
    : command_(program.add_subcommand(
          "destinations", "Where mail goes: connections, learnt limits, what was answered"
      )) {
    command_->add_option("NAME", question_.name, "All that is known of one, or those that fit *");
    command_->add_option("--sort", question_.sort, "waiting, connections or refused; default: name")
        ->check(CLI::IsMember({"waiting", "connections", "refused"}));
    command_->add_option("--limit", question_.limit, "So many lines at most");
    command_->add_flag("--json", json_, "JSON, an object a line");
    command_->add_flag("--ids", ids_, "Names only");
}

bool destination_subcommand::parsed() const {
    return command_->parsed();
}

int destination_subcommand::run(const admin::address& relay) const {
    auto question = question_;
    question.relay = relay;
    if (json_) question.form = list_form::json;
    if (ids_) question.form = list_form::ids;
    const bool is_one = !question.name.empty() && question.name.find('*') == std::string::npos;
    return is_one ? show_destination(question) : list_destinations(question);
}

}  // namespace kurir::app
