#include "relay/app/command_tree.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>

namespace kurir::app {

namespace {

// The library has the choices in its name of the type, "TEXT:{age,size}".
std::vector<std::string> choices_in(std::string_view type) {
    const auto begin = type.find('{');
    if (begin == std::string_view::npos || !type.ends_with('}')) return {};
    auto list = type.substr(begin + 1, type.size() - begin - 2);
    std::vector<std::string> words;
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        words.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return words;
}

described_option description_of(const CLI::Option& option) {
    described_option made;
    for (const auto& name : option.get_snames())
        made.names.push_back('-' + name);
    for (const auto& name : option.get_lnames())
        made.names.push_back("--" + name);
    const auto type = option.get_type_name();
    made.choices = choices_in(type);
    if (option.get_items_expected_max() > 0) {
        made.value = made.names.empty() ? option.get_name(true) : type.substr(0, type.find(':'));
    }
    made.help = option.get_description();
    made.required = option.get_required();
    return made;
}

void add_commands(
    const CLI::App& command, const std::string& path, std::vector<described_command>& all
) {
    described_command made{.path = path, .help = command.get_description()};
    for (const auto* option : command.get_options({}))
        made.options.push_back(description_of(*option));
    const auto parts = command.get_subcommands([](const CLI::App*) { return true; });
    for (const auto* part : parts)
        made.subcommands.push_back(part->get_name());
    all.push_back(std::move(made));
    for (const auto* part : parts)
        add_commands(*part, path + ' ' + part->get_name(), all);
}

}  // namespace

std::vector<described_command> command_tree(const CLI::App& program) {
    std::vector<described_command> all;
    add_commands(program, program.get_name(), all);
    return all;
}

}  // namespace kurir::app
