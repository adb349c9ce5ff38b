#include "relay/config/rate.hpp"

#include <algorithm>
#include <array>

#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/table.hpp"
#include "relay/config/units.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using namespace std::chrono_literals;
using problem = std::optional<std::string>;

constexpr std::uint64_t count_max = 1'000'000;
constexpr std::string_view no_limit = "none";

struct period {
    std::string_view word;
    std::chrono::milliseconds length;
};

// The first word of each length is the one that is printed.
constexpr std::array periods{
    period{"s", 1s},
    period{"sec", 1s},
    period{"min", 1min},
    period{"h", 1h},
    period{"hour", 1h},
    period{"d", 24h},
    period{"day", 24h},
};

}  // namespace

std::optional<std::string> read_rate(std::string_view text, rate& value) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) {
        return "is no rate; write count/period, such as 10/s, 200/min or 5000/h";
    }
    const auto count = number_of(text.substr(0, slash));
    if (!count || *count == 0 || *count > count_max) {
        return "has " + in_single_quotes(text.substr(0, slash)) + " where a count from 1 to " +
               std::to_string(count_max) + " belongs";
    }
    const auto word = base::lowered(text.substr(slash + 1));
    const auto found = std::ranges::find(periods, word, &period::word);
    if (found == periods.end()) {
        return "has " + in_single_quotes(text.substr(slash + 1)) + " where s, min, h or d belongs";
    }
    value = {*count, found->length};
    return std::nullopt;
}

std::string rate_text(const rate& value) {
    const auto found = std::ranges::find(periods, value.per, &period::length);
    const auto per = found == periods.end() ? duration_text(value.per) : std::string(found->word);
    return std::to_string(value.count) + '/' + per;
}

std::optional<std::string> rate_rules::add(std::string_view word) {
    const auto equals = word.find('=');
    const bool for_all = equals == std::string_view::npos;
    const auto pattern = for_all ? everyone : word.substr(0, equals);
    const auto limit_text = for_all ? word : word.substr(equals + 1);
    if (!for_all && (pattern == everyone || !is_name_pattern(pattern))) {
        return "has " + in_single_quotes(word) + ", which has " + in_single_quotes(pattern) +
               " where a domain belongs, such as gmail.com or *.outlook.com";
    }
    std::optional<rate> limit;
    if (limit_text != no_limit) {
        if (const auto wrong = read_rate(limit_text, limit.emplace())) {
            return "has " + in_single_quotes(word) + ", which " + *wrong;
        }
    }
    if (rules_.add(pattern, limit)) return std::nullopt;
    return for_all ? "has two rates for everyone" : "has " + base::lowered(pattern) + " twice";
}

std::optional<std::string> rate_rules::read(std::string_view text, rate_rules& rules) {
    rules.rules_ = {};
    return read_table(text, [&](std::string_view line) -> std::optional<std::string> {
        for (const auto word : words(line)) {
            if (auto wrong = rules.add(word)) return wrong;
        }
        return std::nullopt;
    });
}

std::optional<rate> rate_rules::find(std::string_view name) const {
    const auto* found = rules_.find(name);
    return found == nullptr ? std::nullopt : *found;
}

bool rate_rules::names(std::string_view name) const {
    return rules_.for_each_match(name, [](std::string_view pattern, const auto&) {
        return pattern != everyone;
    });
}

std::string rate_rules::text() const {
    if (rules_.empty()) return std::string(no_limit);
    std::string all;
    rules_.for_each([&](std::string_view pattern, const std::optional<rate>& limit) {
        if (!all.empty()) all += ' ';
        if (pattern != everyone) all.append(pattern).append("=");
        all += limit ? rate_text(*limit) : std::string(no_limit);
    });
    return all;
}

}  // namespace kurir::config
