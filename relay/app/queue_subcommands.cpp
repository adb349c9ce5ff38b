#include "relay/app/queue_subcommands.hpp"

#include <CLI/CLI.hpp>

#include <string_view>
#include <vector>

#include "relay/app/transfer_commands.hpp"
#include "relay/control/criteria.hpp"
#include "relay/control/queue_view.hpp"
#include "relay/control/sorted_list.hpp"

namespace kurir::app {

namespace {

// What a criterion may be; none: any text.
std::vector<std::string> words_for(std::string_view criterion) {
    if (criterion == "state") return {control::state_words.begin(), control::state_words.end()};
    if (criterion != "priority") return {};
    return {control::priority_words.begin(), control::priority_words.end()};
}

}  // namespace

queue_subcommands::queue_subcommands(CLI::App& program) {
    auto& list = add(program, "queue", "Show or change the mail that a running relay has");
    add_selector(list);
    auto* queue = list.command;
    queue->require_subcommand(0, 1);
    const std::vector<std::string> sum_keys(control::groupings.begin(), control::groupings.end());
    const std::vector<std::string> sort_words(
        control::order_words.begin(), control::order_words.end()
    );
    queue->add_option("--by", sum_key_, "Sums instead, for each of these")
        ->check(CLI::IsMember(sum_keys));
    queue->add_option("--sort", sort_, "The order of the lines")->check(CLI::IsMember(sort_words));
    queue->add_option("--limit", limit_, "So many lines at most");
    queue->add_flag("--ids", list.ids, "Ids only");
    auto& show =
        add(*queue, "show", "The envelope of a message, and what was said of each recipient");
    show.command->add_option("ID", id_, "The message's id")->required();
    auto* headers = show.command->add_flag("--headers", headers_, "Its header section instead");
    show.command->add_flag("--raw", raw_, "The whole message instead")->excludes(headers);
    auto& why = add(*queue, "why", "What withholds a message, and what would release it");
    why.command->add_option("ID", id_, "The message's id")->required();
    add_order(*queue, "retry", "Try mail now");
    add_order(*queue, "hold", "Keep mail, and don't try it");
    add_order(*queue, "release", "End a hold, and try mail now");
    add_order(*queue, "delete", "Drop mail; nobody is told");
    add_order(*queue, "bounce", "Return mail to its senders");
    add_order(*queue, "reroute", "Try mail by another route now");
    all_.back().command->add_option(
        "--to-route", order_.route, "Its name; default: the default route"
    );
    auto& leaving = add(*queue, "export", "Write mail as a tar archive on standard output");
    add_selector(leaving);
    add(*queue, "import", "Take the mail of such an archive, which is on standard input");
    auto& moving = add(*queue, "move", "Hand mail over to another relay, and delete it here");
    add_selector(moving);
    moving.command->add_option("--relay", move_.url, "The other relay: https://TOKEN@HOST:PORT")
        ->required();
    moving.command->add_option("--relay-ca", move_.ca_file, "Trusted for it, beside the system's")
        ->check(CLI::ExistingFile);
    moving.command->add_option("--because", move_.because, "Why, for the log");
    moving.command->add_flag("--dry-run", move_.dry_run, "Only say how much matches");
    moving.command->add_flag("--yes", move_.confirmed, "Don't ask");
    add(*queue, "orders", "How far orders are");
    auto& end = add(*queue, "end-order", "End an order that is under way");
    end.command->add_option("ORDER", ended_, "Its number")->required();
}

queue_subcommands::options& queue_subcommands::add(
    CLI::App& parent, const std::string& name, const std::string& help
) {
    auto& made = all_.emplace_back();
    made.command = parent.add_subcommand(name, help);
    made.command->add_flag("--json", made.json, "JSON, an object a line");
    return made;
}

void queue_subcommands::add_selector(options& made) {
    for (const auto& each : control::known_criteria)
        made.selection.emplace_back(each.name, "");
    for (std::size_t at = 0; at < control::known_criteria.size(); ++at) {
        auto& [name, value] = made.selection[at];
        auto* option = made.command->add_option(
            "--" + name, value, std::string(control::known_criteria.at(at).help)
        );
        option->group("Selector");
        if (const auto words = words_for(name); !words.empty()) option->check(CLI::IsMember(words));
    }
}

void queue_subcommands::add_order(
    CLI::App& parent, const std::string& name, const std::string& help
) {
    auto& made = add(parent, name, help);
    add_selector(made);
    made.command->add_option("--because", order_.reason, "Why, for the log");
    if (name == "bounce") made.command->add_option("--text", order_.text, "What senders read");
    made.command->add_flag("--dry-run", order_.dry_run, "Only say how much matches");
    made.command->add_flag("--yes", order_.confirmed, "Don't ask");
    made.command->add_flag("!--no-wait", order_.waits, "Don't wait for its end");
}

const queue_subcommands::options* queue_subcommands::chosen() const {
    const options* found = nullptr;
    for (const auto& each : all_) {
        if (each.command->parsed()) found = &each;
    }
    return found;
}

bool queue_subcommands::parsed() const {
    return chosen() != nullptr;
}

queue_question queue_subcommands::question_of(const options& given, const admin::address& relay)
    const {
    queue_question made{.relay = relay, .limit = limit_, .sort = sort_};
    for (const auto& each : given.selection) {
        if (!each.second.empty()) made.selection.push_back(each);
    }
    if (given.json) made.form = list_form::json;
    if (given.ids) made.form = list_form::ids;
    return made;
}

int queue_subcommands::run(const admin::address& relay, const std::string& operator_name) const {
    const auto& given = *chosen();
    const auto question = question_of(given, relay);
    const auto name = given.command->get_name();
    if (name == "queue")
        return sum_key_.empty() ? list_queue(question) : sum_queue(question, sum_key_);
    if (name == "show" && (headers_ || raw_)) return print_content(question, id_, headers_);
    if (name == "show") return show_message(question, id_);
    if (name == "why") return explain_message(question, id_);
    if (name == "export") return export_queue(question);
    if (name == "import") return import_queue(relay);
    if (name == "orders") return list_orders(question);
    if (name == "end-order") return end_order(question, ended_);
    if (name == "move") {
        auto move = move_;
        move.queue = question;
        move.given_by = operator_name;
        return move_queue(move);
    }
    auto order = order_;
    order.relay = relay;
    order.given_by = operator_name;
    order.action = name;
    order.selection = question.selection;
    order.form = question.form;
    return give_order(order);
}

}  // namespace kurir::app
