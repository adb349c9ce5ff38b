#include "relay/config/kinds.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

#include "relay/base/text.hpp"
#include "relay/config/units.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

// A kind whose values must be within bounds. `hint`: an example, for the message about an invalid
// value.
template <class Value>
kind<Value> bounded(
    std::string_view type,
    std::optional<Value> (*value_of)(std::string_view text),
    std::string (*text_of)(Value value),
    std::string_view least_text,
    std::string_view most_text,
    std::string_view hint = ""
) {
    const auto least = value_of(least_text);
    const auto most = value_of(most_text);
    assert(least && most);
    const auto range = std::string(least_text) + " to " + std::string(most_text);
    const auto complaint = "is not a " + std::string(type) + " from " + range + std::string(hint);
    return {
        .type = type,
        .range = range,
        .read = [=](std::string_view text, Value& value) -> problem {
            const auto found = value_of(text);
            if (!found || found < least || found > most) return complaint;
            value = *found;
            return std::nullopt;
        },
        .show = [=](const Value& value) { return text_of(value); },
    };
}

std::string joined_words(const std::vector<std::string_view>& words, std::string_view between) {
    std::string text;
    for (const auto word : words) {
        if (!text.empty()) text += between;
        text += word;
    }
    return text;
}

constexpr std::array<std::string_view, 4> words_for_on{"on", "true", "yes", "1"};
constexpr std::array<std::string_view, 4> words_for_off{"off", "false", "no", "0"};

// A value of a closed set: its word, and an alias that is also accepted.
struct declared_word {
    explicit declared_word(std::string_view declared)
        : name(declared.substr(0, declared.find('|'))),
          alias(name.size() < declared.size() ? declared.substr(name.size() + 1) : "") {}

    bool is(std::string_view text) const {
        return text == name || (!alias.empty() && text == alias);
    }

    std::string_view name;
    std::string_view alias;
};

}  // namespace

kind<std::uint64_t> number(std::string_view least, std::string_view most) {
    return bounded<std::uint64_t>("number", number_of, std::to_string, least, most);
}

kind<std::uint64_t> size(std::string_view least, std::string_view most) {
    constexpr std::string_view hint = ", such as 25M (K, M, G or T)";
    return bounded<std::uint64_t>("size", size_of, size_text, least, most, hint);
}

kind<duration> time(std::string_view least, std::string_view most) {
    constexpr std::string_view hint = ", such as 30s (ms, s, m, h or d)";
    return bounded<duration>("duration", duration_of, duration_text, least, most, hint);
}

kind<duration> timeout() {
    return time("100ms", "1d");
}

kind<bool> on_or_off() {
    return {
        .type = "switch",
        .range = "on, off",
        .read = [](std::string_view text, bool& value) -> problem {
            const auto word = base::lowered(text);
            value = std::ranges::find(words_for_on, word) != words_for_on.end();
            const bool off = std::ranges::find(words_for_off, word) != words_for_off.end();
            if (!value && !off) return "is neither on nor off";
            return std::nullopt;
        },
        .show = [](const bool& on) { return on ? "on" : "off"; },
    };
}

kind<std::optional<rate>> rate_limit() {
    return {
        .type = "rate",
        .range = "10/s, 200/min, 5000/h, 20000/d",
        .read = [](std::string_view text,
                   std::optional<rate>& value) { return read_rate(text, value.emplace()); },
        .show = [](const std::optional<rate>& limit
                ) { return limit ? rate_text(*limit) : std::string(); },
    };
}

kind<std::size_t> one_of(std::initializer_list<std::string_view> words) {
    const std::vector<declared_word> choices(words.begin(), words.end());
    std::vector<std::string_view> known;
    for (const auto& each : choices)
        known.push_back(each.name);
    return {
        .type = "word",
        .range = joined_words(known, ", "),
        .read = [=](std::string_view text, std::size_t& value) -> problem {
            const auto word = base::lowered(text);
            const auto found =
                std::ranges::find_if(choices, [&](const auto& each) { return each.is(word); });
            if (found == choices.end()) return "is none of " + joined_words(known, ", ");
            value = static_cast<std::size_t>(found - choices.begin());
            return std::nullopt;
        },
        .show = [=](const std::size_t& value) { return std::string(known.at(value)); },
    };
}

}  // namespace kurir::config
