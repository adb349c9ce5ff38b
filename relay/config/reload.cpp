#include "relay/config/reload.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "relay/config/interpret.hpp"
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

}  // namespace

std::variant<reloaded, problems> reload(
    const loaded& before,
    const config& in_effect,
    const environment& variables,
    const host& machine,
    const catalogue& known
) {
    const auto with_known = with_addresses_of(machine, before.config);
    auto outcome = parse(variables, with_known, known);
    if (auto* wrong = std::get_if<problems>(&outcome)) return std::move(*wrong);
    auto next = std::get<loaded>(std::move(outcome));
    assert(next.entries.size() == before.entries.size());  // the variables are the same
    auto waiting = differing(next.entries, before.config, next.config, effect::at_start);

    // Settings that take effect at the start keep their values, and so do values that depend on
    // them.
    for (std::size_t at = 0; at < next.entries.size(); ++at) {
        if (!reloads(next.entries[at].row)) next.entries[at] = before.entries[at];
    }
    auto merged = interpret(next.entries, with_known);
    if (auto* wrong = std::get_if<problems>(&merged)) return std::move(*wrong);
    next.config = std::get<config>(std::move(merged));

    reloaded all{
        .current = std::move(next),
        .in_effect = in_effect,
        .changed = {},
        .waiting = std::move(waiting),
        .warnings = {},
    };
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
