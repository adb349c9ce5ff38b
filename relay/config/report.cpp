#include "relay/config/report.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace kurir::config {
namespace {

constexpr std::size_t name_width = 34;
constexpr std::size_t value_width = 30;
constexpr std::size_t help_width = 78;

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.resize(width, ' ');
    return text;
}

// `text` in lines of at most `help_width`, each after `indent`.
std::string wrapped(std::string_view text, std::string_view indent) {
    std::string all;
    while (!text.empty()) {
        auto length = text.size();
        if (indent.size() + length > help_width) {
            length = text.rfind(' ', help_width - indent.size());
            if (length == std::string_view::npos) length = text.size();
        }
        all.append(indent).append(text.substr(0, length)).append("\n");
        text.remove_prefix(length);
        if (text.starts_with(' ')) text.remove_prefix(1);
    }
    return all;
}

std::string origin_text(const setting& row, const source& origin) {
    const auto& alias = origin.alias;
    switch (origin.given_by) {
        case source::kind::variable:
            return alias.empty() ? row.name : alias;
        case source::kind::file:
            return (alias.empty() ? row.name + "_FILE" : alias) + " " + origin.path +
                   (row.takes_effect == effect::at_reload
                        ? ", read again on SIGHUP and when it changes"
                        : "");
        case source::kind::standard:
            break;
    }
    return "default";
}

// Of a value that names files.
std::string files_text(const setting& row, const config& values) {
    if (!row.files || row.files(values).empty()) return {};
    return "; what it names is read again on SIGHUP and when it changes";
}

std::string code(std::string_view text) {
    return text.empty() ? "–" : "`" + std::string(text) + "`";
}

shown_setting shown(const setting& row, const config& values, const source& origin) {
    auto value = row.show(values);
    if (row.secret && !value.empty()) value = "***";
    return {row.name, std::move(value), origin_text(row, origin) + files_text(row, values)};
}

}  // namespace

std::vector<setting> listed(const catalogue& known) {
    std::vector<setting> all(known.settings.begin(), known.settings.end());
    for (const auto& each : known.families)
        std::ranges::move(each.rows("<NAME>"), std::back_inserter(all));
    return all;
}

std::vector<shown_setting> shown_settings(const loaded& parsed) {
    std::vector<shown_setting> all;
    for (const auto& [row, found, origin] : parsed.entries)
        all.push_back(shown(row, parsed.config, origin));
    return all;
}

std::string describe(const setting& row, const config& values, const source& origin) {
    const auto [name, value, where_from] = shown(row, values, origin);
    return padded(padded(name, name_width) + value, name_width + value_width) + "  # " +
           where_from + "\n";
}

std::string describe(const loaded& parsed) {
    std::string text;
    for (const auto& [row, found, origin] : parsed.entries)
        text += describe(row, parsed.config, origin);
    return text;
}

std::string help_text(const catalogue& known) {
    std::string text =
        "Everything is configured by environment variables. Each KURIR_X can be given as\n"
        "KURIR_X_FILE instead, the path of a file with the value. Lists are separated by\n"
        "commas or spaces. The files of settings marked with * are read again when they\n"
        "change, and on SIGHUP.\n";
    for (const auto& each : listed(known)) {
        if (!each.heading.empty()) text += "\n" + std::string(each.heading) + "\n";
        const bool reloads = each.takes_effect == effect::at_reload;
        text += "  " + each.name + (reloads ? " *" : "") + "\n" + wrapped(each.help, "      ");
        auto values = std::string(each.type) + ": " + each.range;
        if (!each.default_text.empty()) values += " [" + std::string(each.default_text) + "]";
        text += wrapped(values, "      ");
    }
    text += "\nWords for networks\n";
    for (const auto& [word, networks] : network_words()) {
        text += wrapped(
            padded("  " + std::string(word), 16) +
                std::string(networks.empty() ? "nobody" : networks),
            ""
        );
    }
    return text;
}

std::string readme_table(const catalogue& known) {
    std::string text;
    for (const auto& each : listed(known)) {
        if (!each.heading.empty()) {
            text += (text.empty() ? "" : "\n") + std::string("### ") + std::string(each.heading) +
                    "\n\n| variable | default | values | SIGHUP | meaning |\n"
                    "| --- | --- | --- | --- | --- |\n";
        }
        const bool reloads = each.takes_effect == effect::at_reload;
        text += "| " + code(each.name) + " | " + code(each.default_text) + " | " +
                std::string(each.type) + ": " + each.range + " | " + (reloads ? "yes" : "") +
                " | " + std::string(each.help) + " |\n";
    }
    text += "\n### Words for networks\n\n| word | networks |\n| --- | --- |\n";
    for (const auto& [word, networks] : network_words()) {
        text += "| `" + std::string(word) + "` | " +
                std::string(networks.empty() ? "nobody" : networks) + " |\n";
    }
    return text;
}

}  // namespace kurir::config
