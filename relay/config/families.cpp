#include "relay/config/families.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/config/nearest.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

constexpr std::string_view any_name = "X";

bool is_name(std::string_view text) {
    const auto is_capital = [](char c) { return base::is_letter(c) && base::upper(c) == c; };
    return !text.empty() && is_capital(text.front()) && text.back() != '_' &&
           std::ranges::all_of(text, [&](char c) {
               return is_capital(c) || base::is_digit(c) || c == '_';
           });
}

// Whether the user may choose it. A name that looks like a setting is a slip:
// KURIR_RELAYHOST_PASWORD is no relayhost PASWORD.
bool is_name_of(const family& family, std::string_view text) {
    return is_name(text) && std::ranges::none_of(family.reserved, [&](std::string_view word) {
               return edit_distance(text, word) <= (word.size() < 6 ? 0U : 2U);
           });
}

// The suffixes of the family's settings: _HOST, _PASSWORD, …
std::vector<std::string> suffixes_of(const family& family) {
    std::vector<std::string> all;
    for (const auto& each : family.rows(std::string(any_name)))
        all.push_back(each.name.substr(family.prefix.size() + any_name.size()));
    return all;
}

}  // namespace

std::optional<std::string> name_in_family(const family& family, std::string_view variable) {
    if (!variable.starts_with(family.prefix)) return std::nullopt;
    variable.remove_prefix(family.prefix.size());
    if (variable.ends_with(file_suffix)) variable.remove_suffix(file_suffix.size());
    std::string_view shortest;  // what remains without the longest suffix
    const auto suffixes = suffixes_of(family);
    // Without a suffix nothing tells where a name with an underscore would end.
    const bool has_plain_names = std::ranges::any_of(suffixes, &std::string::empty);
    for (const auto& suffix : suffixes) {
        if (!variable.ends_with(suffix)) continue;
        const auto name = variable.substr(0, variable.size() - suffix.size());
        if (has_plain_names && name.find('_') != std::string_view::npos) continue;
        if (is_name_of(family, name) && (shortest.empty() || name.size() < shortest.size()))
            shortest = name;
    }
    if (shortest.empty()) return std::nullopt;
    return std::string(shortest);
}

std::set<std::string> names_in_family(const family& family, const environment& variables) {
    std::set<std::string> all;
    for (const auto& [variable, value] : variables) {
        if (value.empty()) continue;
        if (auto name = name_in_family(family, variable)) all.insert(std::move(*name));
    }
    return all;
}

std::vector<std::string> candidates_in_family(const family& family, std::string_view variable) {
    std::vector<std::string> all;
    if (!variable.starts_with(family.prefix)) return all;
    const auto rest = variable.substr(family.prefix.size());
    for (auto end = rest.find('_'); end != std::string_view::npos; end = rest.find('_', end + 1)) {
        const auto name = rest.substr(0, end);
        if (!is_name_of(family, name)) continue;
        for (const auto& suffix : suffixes_of(family)) {
            auto& candidate = all.emplace_back(family.prefix);
            candidate.append(name).append(suffix);
        }
    }
    return all;
}

}  // namespace kurir::config
