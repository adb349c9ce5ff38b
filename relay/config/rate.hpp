// Rates such as 10/s or 200/min, and rules that assign rates to destinations.
//
// Pure. A rate is a count, a slash and a period: s, sec, min, h, hour, d or day, in any case. Rules
// are a table (table.hpp) of words: a rate alone applies to all destinations, `gmail.com=10/s` to
// that name, `*.outlook.com=200/min` to the names below it, and `none` instead of a rate removes
// the limit. The most specific rule counts (pattern_map.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/config/pattern_map.hpp"

namespace kurir::config {

struct rate {
    std::uint64_t count = 1;  // 1 to 1,000,000
    std::chrono::milliseconds per{1000};

    bool operator==(const rate&) const = default;
};

// Reads a rate into `value`, or returns what is wrong with it, as the end of a sentence.
std::optional<std::string> read_rate(std::string_view text, rate& value);
std::string rate_text(const rate& value);  // "200/min"

class rate_rules {
public:
    // Reads a list of rules into `rules`, or returns what is wrong with it, as the end of a
    // sentence.
    static std::optional<std::string> read(std::string_view text, rate_rules& rules);

    // The rate for `name`, a domain or host in any case; nothing if there is no limit.
    std::optional<rate> find(std::string_view name) const;

    // True if a rule names `name`; a rule for all destinations does not count.
    bool names(std::string_view name) const;

    // The rules as they are written; "none" if there are none.
    std::string text() const;

private:
    std::optional<std::string> add(std::string_view word);

    // By the pattern, "*" for everyone; nothing: no limit.
    pattern_map<std::optional<rate>> rules_;
};

}  // namespace kurir::config
