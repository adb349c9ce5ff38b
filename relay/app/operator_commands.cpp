#include "relay/app/operator_commands.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <variant>

#include "relay/app/admin_place.hpp"
#include "relay/app/admin_token_command.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/nodes_command.hpp"
#include "relay/app/system_user.hpp"
#include "relay/app/top_command.hpp"
#include "relay/config/parse.hpp"

namespace kurir::app {

namespace {

// Whoever is behind sudo, or is logged in.
std::string operator_name(const config::environment& variables) {
    for (const auto* name : {"SUDO_USER", "USER", "LOGNAME"}) {
        const auto found = variables.find(name);
        if (found != variables.end() && !found->second.empty()) return found->second;
    }
    return this_user().name;
}

}  // namespace

operator_commands::operator_commands(CLI::App& program)
    : queue_(program),
      destinations_(program),
      suspend_(program),
      suppress_(program),
      top_(program.add_subcommand(
          "top", "A screen that refreshes: rates, the queue, destinations in trouble, last failures"
      )),
      trace_(program.add_subcommand(
          "trace", "What became of mail, also after it has left, and why a client was refused"
      )),
      nodes_(program.add_subcommand("nodes", "The relays that share the queue")),
      level_(program.add_subcommand(
          "log-level",
          "Write what is said in chosen SMTP sessions into the relay's log, for a while"
      )),
      token_(program.add_subcommand("admin-token", "Make a token for the operators' API")) {
    top_->add_flag("--once", once_, "Print it once");
    trace_
        ->add_option(
            "SUBJECT",
            traced_.subject,
            "A mail address, the id of a message, a user, or a client's IP address"
        )
        ->required();
    trace_->add_option(
        "--limit", traced_.limit, "So many events at most, the newest; default: 100"
    );
    trace_->add_flag("--json", traced_.json, "JSON, an object a line");
    nodes_->add_flag("--json", nodes_as_json_, "JSON, an object a line");
    level_
        ->add_option(
            "LEVEL", wanted_level_, "debug: with transcripts; usual: without; left out: what holds"
        )
        ->check(CLI::IsMember({"debug", "usual"}));
    level_->add_option(
        "--client", transcript_.client, "Address or user of clients, * for anything"
    );
    level_->add_option(
        "--destination", transcript_.server, "Host name or address of servers, * for anything"
    );
    level_->add_option("--for", transcript_.time, "How long, such as 10m (the default)");
    level_->add_option("--because,--reason", transcript_.reason, "Why, for the log");
    token_->add_option("NAME", token_name_, "Whose it is, for the log")->required();
    token_->add_option("--rights", rights_, "read, act, submit, with commas between them");
}

bool operator_commands::parsed() const {
    return queue_.parsed() || destinations_.parsed() || suspend_.parsed() || suppress_.parsed() ||
           top_->parsed() || trace_->parsed() || nodes_->parsed() || level_->parsed() ||
           token_->parsed();
}

// A mistake in a setting that has nothing to do with it keeps nobody from the queue.
int operator_commands::run(char** environ) const {
    if (token_->parsed()) return make_admin_token(token_name_, rights_);
    const auto variables = config::environment_of(environ);
    auto found = admin_address(variables);
    if (const auto* wrong = std::get_if<config::problems>(&found)) {
        for (const auto& each : *wrong)
            std::fputs((each + '\n').c_str(), stderr);
        return exit_config;
    }
    const auto& relay = std::get<admin::address>(found);
    if (top_->parsed()) return show_top(relay, once_);
    if (trace_->parsed()) return trace_mail(relay, traced_);
    if (nodes_->parsed()) return list_nodes(relay, nodes_as_json_);
    if (destinations_.parsed()) return destinations_.run(relay);
    const auto name = operator_name(variables);
    if (level_->parsed()) return set_log_level(relay, name);
    if (suspend_.parsed()) return suspend_.run(relay, name);
    if (suppress_.parsed()) return suppress_.run(relay, name);
    return queue_.run(relay, name);
}

int operator_commands::set_log_level(const admin::address& relay, const std::string& operator_name)
    const {
    if (wanted_level_.empty()) return list_transcripts(relay);
    if (wanted_level_ == "usual") return end_transcripts(relay);
    auto order = transcript_;
    order.given_by = operator_name;
    return choose_transcript(relay, order);
}

}  // namespace kurir::app
