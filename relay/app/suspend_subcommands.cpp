#include "relay/app/suspend_subcommands.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <string_view>

namespace kurir::app {

namespace {

struct subject_help {
    std::string_view name;
    std::string_view help;
};

constexpr std::array<subject_help, 6> subjects_help{{
    {"destination", "Mail servers, or relayhost, that it goes to; * stands for anything"},
    {"route", "Name of the route"},
    {"from", "Reverse-path; <> is the null reverse-path"},
    {"domain", "Domain of the recipients"},
    {"user", "Who logged in to send it"},
    {"tenant", "As kurir queue --by tenant has it, or its user, network or domain"},
}};

}  // namespace

suspend_subcommands::suspend_subcommands(CLI::App& program)
    : suspend_(program.add_subcommand(
          "suspend", "Don't try mail until a time: what waits, and what is yet to come"
      )),
      resume_(program.add_subcommand("resume", "End a suspension, and try its mail now")),
      list_(program.add_subcommand("suspensions", "What is suspended, by whom, until when")) {
    for (const auto& each : subjects_help)
        subjects_.emplace_back(each.name, "");
    add_subjects(*suspend_);
    auto* until = suspend_->add_option("--until", order_.until, "When it ends: 2027-01-31");
    suspend_->add_option("--for", order_.duration, "After what time it ends: 2h")->excludes(until);
    add_subjects(*resume_);
    resume_->add_option("NUMBER", order_.number, "The suspension's number");
    resume_->add_flag("--all", order_.all, "Every suspension");
    for (auto* each : {suspend_, resume_, list_})
        each->add_flag("--json", json_, "JSON, an object a line");
    for (auto* each : {suspend_, resume_})
        each->add_option("--because,--reason", order_.because, "Why, for the log and whoever asks");
    list_->add_flag("--ids", ids_, "Numbers only");
}

void suspend_subcommands::add_subjects(CLI::App& command) {
    for (std::size_t at = 0; at < subjects_help.size(); ++at) {
        command.add_option(
            "--" + subjects_[at].first, subjects_[at].second, std::string(subjects_help[at].help)
        );
    }
}

bool suspend_subcommands::parsed() const {
    return suspend_->parsed() || resume_->parsed() || list_->parsed();
}

int suspend_subcommands::run(const admin::address& relay, const std::string& operator_name) const {
    auto order = order_;
    order.relay = relay;
    order.given_by = operator_name;
    for (const auto& each : subjects_) {
        if (!each.second.empty()) order.subject.push_back(each);
    }
    if (json_) order.form = list_form::json;
    if (ids_) order.form = list_form::ids;
    if (suspend_->parsed()) return suspend_mail(order);
    return resume_->parsed() ? resume_mail(order) : list_suspensions(relay, order.form);
}

}  // namespace kurir::app
