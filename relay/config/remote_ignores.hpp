// Extensions that are not used with some servers though they offer them: gateway.example:CHUNKING.
//
// Pure. Rules are a table (table.hpp) of words. A rule is a name, a colon and an EHLO keyword. The
// name is that of a host or the domain of the recipients, or a pattern of them (pattern_map.hpp).
// All rules that match count. Capitals don't matter.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/pattern_map.hpp"

namespace kurir::config {

class remote_ignores {
public:
    // A list of rules into `rules`; what is wrong with it otherwise, as the end of a sentence.
    static std::optional<std::string> read(std::string_view text, remote_ignores& rules);

    // Whether `keyword`, in capitals, is ignored with `name`.
    bool has(std::string_view name, std::string_view keyword) const;

    bool empty() const noexcept { return rules_.empty(); }

    // The rules as they are written; empty if there are none.
    std::string text() const;

private:
    std::optional<std::string> add(std::string_view word);

    pattern_map<std::vector<std::string>> rules_;  // keywords in capitals
};

}  // namespace kurir::config
