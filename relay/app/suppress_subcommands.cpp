#include "relay/app/suppress_subcommands.hpp"

#include <CLI/CLI.hpp>

namespace kurir::app {

suppress_subcommands::suppress_subcommands(CLI::App& program)
    : all_(program.add_subcommand("suppress", "Show or change who must not get mail")) {
    all_->require_subcommand(1, 1);
    add_list();
    add_changes();
}

CLI::App* suppress_subcommands::add(const std::string& name, const std::string& help) {
    auto* made = all_->add_subcommand(name, help);
    made->add_flag("--json", json_, "JSON, an object a line");
    return made;
}

void suppress_subcommands::add_list() {
    auto* list = add("list", "The entries that operators have added");
    list->add_option("ADDRESS", pattern_, "Those that fit: * stands for anything");
    list->add_option("--tenant", order_.tenant, "Those of a user or a sender's domain");
    list->add_option("--reason", reason_, "Those whose reason has this text");
    list->add_option("--origin", origin_, "hand or import")
        ->check(CLI::IsMember({"hand", "import"}));
    list->add_flag("--expired", has_expired_, "Also those whose time is over");
    list->add_option("--limit", limit_, "So many lines at most");
    list->add_flag("--ids", ids_, "Addresses only");
    add("export", "The whole list as CSV, or as JSON lines, as import takes it");
}

void suppress_subcommands::add_changes() {
    auto* added = add("add", "Stop mail to addresses or domains");
    auto* removed = add("remove", "Let mail go to them again");
    auto* imported = add("import", "Add a list: of Kurir, SES, SendGrid, Mailgun or Postmark");
    for (auto* each : {added, removed}) {
        each->add_option("ADDRESS", order_.addresses, "ann@example.com, *@example.com, example.com")
            ->required();
    }
    imported->add_option("FILE", order_.file, "CSV, JSON or addresses; -: standard input")
        ->required();
    imported->add_option("--format", order_.format, "csv or json; default: as it looks")
        ->check(CLI::IsMember({"csv", "json"}));
    imported->add_flag("--dry-run", order_.dry_run, "Only say what it would change");
    for (auto* each : {added, removed, imported}) {
        each->add_option("--tenant", order_.tenant, "Mail of this user or sender's domain alone");
        each->add_option("--because,--reason", order_.because, "Why");
        if (each == removed) continue;
        auto* until = each->add_option("--until", order_.until, "When it ends: 2027-01-31");
        each->add_option("--for", order_.duration, "After what time it ends: 30d")->excludes(until);
    }
}

bool suppress_subcommands::parsed() const {
    return all_->parsed();
}

int suppress_subcommands::run(const admin::address& relay, const std::string& operator_name) const {
    auto order = order_;
    order.relay = relay;
    order.given_by = operator_name;
    suppress_question question{.relay = relay, .limit = limit_};
    if (json_) order.form = question.form = list_form::json;
    if (ids_) question.form = list_form::ids;
    const auto ask = [&question](const std::string& name, const std::string& value) {
        if (!value.empty()) question.filter.emplace_back(name, value);
    };
    ask("address", pattern_);
    ask("tenant", order_.tenant);
    ask("reason", reason_);
    ask("origin", origin_);
    ask("expired", has_expired_ ? "true" : "");
    const auto name = all_->get_subcommands().front()->get_name();
    if (name == "list") return list_suppressions(question);
    if (name == "export") return export_suppressions(question);
    if (name == "add") return add_suppressions(order);
    return name == "remove" ? remove_suppressions(order) : import_suppressions(order);
}

}  // namespace kurir::app
