#include "relay/config/rate.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "relay/config/addresses.hpp"
#include "relay/config/units.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using namespace std::chrono_literals;
using problem = std::optional<std::string>;

constexpr std::uint64_t count_max = 1'000'000;
constexpr std::string_view no_limit = "none";
constexpr std::string_view wildcard = "*.";

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

std::string lowered(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string quoted(std::string_view text) {
    return "'" + std::string(text) + "'";
}

// A host name, "*." before one, or an address literal as mail addresses have them.
bool is_pattern(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) return text.size() > 2;
    if (text.starts_with(wildcard)) text.remove_prefix(wildcard.size());
    return is_host_name(text);
}

// How exactly `pattern` names `name`: 0 not at all, 1 as everyone, more for a longer match.
std::size_t exactness(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return 1;
    if (pattern == name) return 2 + name.size();
    const bool below = pattern.starts_with(wildcard) && name.size() >= pattern.size() &&
                       name.ends_with(pattern.substr(1));
    return below ? pattern.size() : 0;
}

}  // namespace

std::optional<std::string> read_rate(std::string_view text, rate& to) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) {
        return "is no rate; write count/period, such as 10/s, 200/min or 5000/h";
    }
    const auto count = number_of(text.substr(0, slash));
    if (!count || *count == 0 || *count > count_max) {
        return "has " + quoted(text.substr(0, slash)) + " where a count from 1 to " +
               std::to_string(count_max) + " belongs";
    }
    const auto word = lowered(text.substr(slash + 1));
    const auto found = std::ranges::find(periods, word, &period::word);
    if (found == periods.end()) {
        return "has " + quoted(text.substr(slash + 1)) + " where s, min, h or d belongs";
    }
    to = {*count, found->length};
    return std::nullopt;
}

std::string rate_text(const rate& which) {
    const auto found = std::ranges::find(periods, which.per, &period::length);
    const auto per = found == periods.end() ? duration_text(which.per) : std::string(found->word);
    return std::to_string(which.count) + '/' + per;
}

std::optional<std::string> rate_rules::read_rule(std::string_view word, rule& to) {
    const auto equals = word.find('=');
    auto limit = word;
    if (equals != std::string_view::npos) {
        to.pattern = lowered(word.substr(0, equals));
        limit = word.substr(equals + 1);
        if (!is_pattern(to.pattern)) {
            return "has " + quoted(word.substr(0, equals)) +
                   " where a domain belongs, such as gmail.com or *.outlook.com";
        }
    }
    if (limit == no_limit) return std::nullopt;
    return read_rate(limit, to.limit.emplace());
}

std::optional<std::string> rate_rules::read(std::string_view text, rate_rules& to) {
    to.rules_.clear();
    for (const auto word : words(text)) {
        rule next;
        if (const auto wrong = read_rule(word, next)) {
            return "has " + quoted(word) + ", which " + *wrong;
        }
        if (std::ranges::find(to.rules_, next.pattern, &rule::pattern) != to.rules_.end()) {
            return next.pattern.empty() ? "has two rates for everyone"
                                        : "has " + next.pattern + " twice";
        }
        to.rules_.push_back(std::move(next));
    }
    return std::nullopt;
}

std::optional<rate> rate_rules::find(std::string_view name) const {
    const auto wanted = lowered(name);
    const rule* best = nullptr;
    std::size_t best_exactness = 0;
    for (const auto& each : rules_) {
        const auto this_exactness = exactness(each.pattern, wanted);
        if (this_exactness <= best_exactness) continue;
        best = &each;
        best_exactness = this_exactness;
    }
    return best == nullptr ? std::nullopt : best->limit;
}

bool rate_rules::names(std::string_view name) const {
    const auto wanted = lowered(name);
    return std::ranges::any_of(rules_, [&](const rule& each) {
        return !each.pattern.empty() && exactness(each.pattern, wanted) > 0;
    });
}

std::string rate_rules::rule::text() const {
    const auto value = limit ? rate_text(*limit) : std::string(no_limit);
    return pattern.empty() ? value : pattern + '=' + value;
}

std::string rate_rules::text() const {
    if (rules_.empty()) return std::string(no_limit);
    std::string all;
    for (const auto& each : rules_) {
        if (!all.empty()) all += ' ';
        all += each.text();
    }
    return all;
}

}  // namespace kurir::config
