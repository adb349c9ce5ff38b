#include "relay/config/reload.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "relay/base/text.hpp"
#include "relay/config/interpret.hpp"
#include "relay/config/reload_choice.hpp"
#include "relay/config/source_checks.hpp"

namespace kurir::config {
namespace {

bool reloads(const setting& row) {
    return row.takes_effect == effect::at_reload;
}

// The names of the settings in `entries` that have this effect and whose values differ.
std::vector<std::string> differing(
    const std::vector<entry>& entries, const config& before, const config& after, effect when
) {
    std::vector<std::string> names;
    for (const auto& each : entries) {
        if (each.row.takes_effect != when) continue;
        if (each.row.show(before) != each.row.show(after)) names.push_back(each.row.name);
    }
    return names;
}

// The files of settings as they are now, each read once: all trials see the same.
class versions {
public:
    versions(const loaded& before, const host& machine) : old_(before.files) {
        for (const auto& [path, text] : old_)
            new_.emplace(path, machine.read(path));
    }

    paths changed() const {
        paths all;
        for (const auto& [path, text] : old_)
            if (new_.at(path) != text) all.insert(path);
        return all;
    }

    // The machine, with the new versions of some files and the old ones of the others.
    host shown_by(host machine, const paths& taken) const {
        machine.read = [this, &taken, read = machine.read](const std::filesystem::path& path) {
            const auto found = old_.find(path.string());
            if (found == old_.end()) return read(path);
            return taken.contains(found->first) ? new_.at(found->first)
                                                : std::optional(found->second);
        };
        return machine;
    }

private:
    const std::map<std::string, std::string>& old_;
    std::map<std::string, std::optional<std::string>> new_;
};

struct attempt {
    loaded current;
    std::vector<std::string> waiting;
};

// Settings that take effect at the start keep their values, and so do values that depend on them.
std::variant<attempt, problems> attempted(
    const loaded& before, const environment& variables, const host& machine, const catalogue& known
) {
    auto outcome = parse(variables, machine, known);
    if (auto* wrong = std::get_if<problems>(&outcome)) return std::move(*wrong);
    auto next = std::get<loaded>(std::move(outcome));
    assert(next.entries.size() == before.entries.size());  // the variables are the same
    auto waiting = differing(next.entries, before.config, next.config, effect::at_start);
    for (std::size_t at = 0; at < next.entries.size(); ++at) {
        if (!reloads(next.entries[at].row)) next.entries[at] = before.entries[at];
    }
    auto merged = interpret(next.entries, machine);
    if (auto* wrong = std::get_if<problems>(&merged)) return std::move(*wrong);
    next.config = std::get<config>(std::move(merged));
    return attempt{.current = std::move(next), .waiting = std::move(waiting)};
}

std::string setting_in(const loaded& all, const std::string& path) {
    const auto found = std::ranges::find_if(all.entries, [&](const entry& each) {
        return each.origin.given_by == source::kind::file && each.origin.path == path;
    });
    return found == all.entries.end() ? std::string() : found->row.name;
}

constexpr std::string_view relayhost_prefix = "KURIR_RELAYHOST";

// The name of the relayhost that a setting belongs to, "" for the one without a name.
std::optional<std::string> relayhost_of(const config& config, std::string_view setting) {
    if (!setting.starts_with(relayhost_prefix)) return std::nullopt;
    for (const auto& [name, servers] : config.relayhosts) {
        const auto own = std::string(relayhost_prefix) + "_" + base::uppered(name);
        if (setting == own || setting.starts_with(own + "_")) return name;
    }
    return "";
}

bool names_relayhost(const config& config, std::string_view setting, const std::string& name) {
    if (setting == "KURIR_ROUTES") {
        return std::ranges::any_of(config.routes.all(), [&](const route_rule& rule) {
            return rule.target.relayhost == name;
        });
    }
    return setting == "KURIR_PERMISSIONS" &&
           std::ranges::any_of(config.permissions.all(), [&](const permission& line) {
               return line.route == name;
           });
}

// The settings of a relayhost belong together; a rule that leads to one needs it.
bool belongs_to(const config& next, std::string_view setting, std::string_view other) {
    const auto host = relayhost_of(next, other);
    if (!host) return false;
    if (relayhost_of(next, setting) == host) return true;
    return !host->empty() && names_relayhost(next, setting, *host);
}

}  // namespace

reloaded reload(
    const loaded& before,
    const config& in_effect,
    const environment& variables,
    const host& machine,
    const catalogue& known
) {
    const auto with_known = with_addresses_of(machine, before.config);
    const versions files(before, machine);
    const auto attempt_with = [&](const paths& taken) {
        return attempted(before, variables, files.shown_by(with_known, taken), known);
    };
    const auto wrong_with = [&](const paths& taken) {
        const auto outcome = attempt_with(taken);
        const auto* wrong = std::get_if<problems>(&outcome);
        return wrong == nullptr ? problems() : *wrong;
    };
    const auto needs = [&](const std::string& path, const std::string& other) {
        const auto alone = attempt_with({path});
        const auto* good = std::get_if<attempt>(&alone);
        const auto& next = good == nullptr ? before.config : good->current.config;
        return belongs_to(next, setting_in(before, path), setting_in(before, other));
    };
    const auto chosen = choose(files.changed(), wrong_with, needs);

    reloaded all{
        .current = before,
        .in_effect = in_effect,
        .changed = {},
        .waiting = {},
        .warnings = {},
        .held = {},
    };
    for (const auto& [path, why] : chosen.held)
        all.held.push_back({.setting = setting_in(before, path), .path = path, .why = why});
    auto outcome = attempt_with(chosen.taken);
    if (auto* wrong = std::get_if<problems>(&outcome)) {
        all.held.push_back({.setting = {}, .path = {}, .why = std::move(*wrong)});
        return all;
    }
    auto& next = std::get<attempt>(outcome);
    all.waiting = std::move(next.waiting);
    all.current = std::move(next.current);
    for (const auto& each : all.current.entries) {
        if (reloads(each.row)) each.row.copy(all.current.config, all.in_effect);
    }
    all.changed =
        differing(all.current.entries, before.config, all.current.config, effect::at_reload);
    const auto known_warnings = warnings_about(before.config);
    all.warnings = warnings_about(all.current.config);
    std::erase_if(all.warnings, [&](const std::string& each) {
        return std::ranges::find(known_warnings, each) != known_warnings.end();
    });
    return all;
}

}  // namespace kurir::config
