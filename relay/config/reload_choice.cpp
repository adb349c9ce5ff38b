#include "relay/config/reload_choice.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace kurir::config {
namespace {

paths with(paths all, const std::string& path) {
    all.insert(path);
    return all;
}

paths without(paths all, const std::string& path) {
    all.erase(path);
    return all;
}

// Takes one after another, as long as one more is right beside those that are taken.
paths taken_in_turn(const paths& changed, const trial& wrong_with) {
    paths taken;
    for (bool more = true; more;) {
        more = false;
        for (const auto& path : changed) {
            if (taken.contains(path) || !wrong_with(with(taken, path)).empty()) continue;
            taken.insert(path);
            more = true;
        }
    }
    return taken;
}

void hold(choice& all, const std::string& path, const std::string& other) {
    all.taken.erase(path);
    all.held.emplace(
        path, problems{path + " is held back, because it belongs to " + other + ", which is too"}
    );
}

// Those of which another one would have been taken in their place.
paths rivals(const choice& all, const std::string& path, const trial& wrong_with) {
    paths found;
    for (const auto& taken : all.taken) {
        if (wrong_with(with(without(all.taken, taken), path)).empty()) found.insert(taken);
    }
    return found;
}

// One that is taken and needs another that is held back, and that other.
std::optional<std::pair<std::string, std::string>> dependent(
    const choice& all, const dependence& needs
) {
    for (const auto& path : all.taken) {
        for (const auto& [other, why] : all.held)
            if (needs(path, other)) return std::pair(path, other);
    }
    return std::nullopt;
}

}  // namespace

choice choose(const paths& changed, const trial& wrong_with, const dependence& needs) {
    choice all;
    const auto wrong = wrong_with(changed);
    if (wrong.empty()) {
        all.taken = changed;
        return all;
    }
    all.taken = taken_in_turn(changed, wrong_with);
    for (const auto& path : changed)
        if (!all.taken.contains(path)) all.held.emplace(path, wrong_with(with(all.taken, path)));
    const auto refused = all.held;
    for (const auto& [path, why] : refused) {
        for (const auto& rival : rivals(all, path, wrong_with))
            hold(all, rival, path);
    }
    while (const auto found = dependent(all, needs))
        hold(all, found->first, found->second);
    if (wrong_with(all.taken).empty()) return all;
    // What is left needed what is held back since.
    for (const auto& path : all.taken)
        all.held.emplace(path, wrong);
    all.taken.clear();
    return all;
}

}  // namespace kurir::config
