// Lists of rules in a table (table.hpp), several on one line if they are separated by `;`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/config/table.hpp"

namespace kurir::config {

// Reads rules by `read`, which gets the text of one and returns what is wrong with it, as the end
// of a sentence.
template <class Rule, class Read>
std::optional<std::string> read_rule_list(
    std::string_view text, std::vector<Rule>& value, Read read
) {
    value.clear();
    const auto read_one = [&](std::string_view entry, std::size_t) -> std::optional<std::string> {
        Rule rule;
        if (auto mistake = read(entry, rule)) return mistake;
        value.push_back(std::move(rule));
        return std::nullopt;
    };
    return read_table(text, take_entry, read_one);
}

// The rules as they are written, on one line.
template <class Rule>
std::string rule_list_text(const std::vector<Rule>& rules) {
    std::string all;
    for (const auto& each : rules)
        all.append(all.empty() ? "" : "; ").append(each.text());
    return all;
}

}  // namespace kurir::config
