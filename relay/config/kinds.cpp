#include "relay/config/kinds.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <vector>

#include "relay/config/units.hpp"

namespace kurir::config {
namespace {

std::string between(bounds allowed) {
    return std::string(allowed.least) + " to " + std::string(allowed.most);
}

// How values of a type are read and written, and the hint for a value that is not understood.
template <class Read, class Write>
struct conversion {
    std::string_view type;
    Read value_of;
    Write text_of;
    std::string_view hint;
};

// A row whose value must be within bounds. `Value` is what its text reads to.
template <class Value, class Member, class Read, class Write>
setting bounded(about row, Member config::* member, bounds allowed, conversion<Read, Write> as) {
    const std::optional<Value> least = as.value_of(allowed.least);
    const std::optional<Value> most = as.value_of(allowed.most);
    assert(least && most);
    auto complaint =
        "is not a " + std::string(as.type) + " from " + between(allowed) + std::string(as.hint);
    return {
        .name = row.name,
        .type = as.type,
        .default_text = row.default_text,
        .range = between(allowed),
        .help = row.help,
        .read = [=](std::string_view text, config& into) -> std::optional<std::string> {
            const auto value = as.value_of(text);
            if (!value || value < least || value > most) return complaint;
            into.*member = static_cast<Member>(*value);
            return std::nullopt;
        },
        .show = [=](const config& from) { return as.text_of(from.*member); },
    };
}

std::string joined(const std::vector<std::string_view>& words, std::string_view between) {
    std::string text;
    for (const auto word : words) {
        if (!text.empty()) text += between;
        text += word;
    }
    return text;
}

std::string lower(std::string_view text) {
    std::string all(text);
    std::ranges::transform(all, all.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return all;
}

constexpr std::array<std::string_view, 4> words_for_on{"on", "true", "yes", "1"};
constexpr std::array<std::string_view, 4> words_for_off{"off", "false", "no", "0"};

// A value of a closed set: what it is called, and what else is understood.
struct choice {
    explicit choice(std::string_view declared)
        : name(declared.substr(0, declared.find('|'))),
          alias(name.size() < declared.size() ? declared.substr(name.size() + 1) : "") {}

    bool is(std::string_view text) const {
        return text == name || (!alias.empty() && text == alias);
    }

    std::string_view name;
    std::string_view alias;
};

}  // namespace

template <class Integer>
setting number(about row, Integer config::* member, bounds allowed) {
    const auto text_of = [](auto value) { return std::to_string(value); };
    return bounded<std::uint64_t>(
        row, member, allowed, conversion{"number", number_of, text_of, ""}
    );
}

template <class Integer>
setting size(about row, Integer config::* member, bounds allowed) {
    const conversion as{"size", size_of, size_text, ", such as 25M (K, M, G or T)"};
    return bounded<std::uint64_t>(row, member, allowed, as);
}

template setting number(about, std::size_t config::*, bounds);
template setting number(about, std::uint16_t config::*, bounds);
template setting size(about, std::uint64_t config::*, bounds);

setting time(about row, duration config::* member, bounds allowed) {
    const conversion as{"duration", duration_of, duration_text, ", such as 30s (ms, s, m, h or d)"};
    return bounded<duration>(row, member, allowed, as);
}

setting on_or_off(about row, bool config::* member) {
    return {
        .name = row.name,
        .type = "switch",
        .default_text = row.default_text,
        .range = "on, off",
        .help = row.help,
        .read = [member](std::string_view text, config& into) -> std::optional<std::string> {
            const auto word = lower(text);
            const bool on = std::ranges::find(words_for_on, word) != words_for_on.end();
            const bool off = std::ranges::find(words_for_off, word) != words_for_off.end();
            if (!on && !off) return "is neither on nor off";
            into.*member = on;
            return std::nullopt;
        },
        .show = [member](const config& from) { return from.*member ? "on" : "off"; },
    };
}

setting rate_limit(about row, std::optional<rate> config::* member) {
    return {
        .name = row.name,
        .type = "rate",
        .default_text = row.default_text,
        .range = "10/s, 200/min, 5000/h, 20000/d",
        .help = row.help,
        .read = [member](std::string_view text, config& into) -> std::optional<std::string> {
            rate read;
            if (auto wrong = read_rate(text, read)) return wrong;
            into.*member = read;
            return std::nullopt;
        },
        .show = [member](const config& from
                ) { return from.*member ? rate_text(*(from.*member)) : std::string(); },
    };
}

template <class Enum>
setting one_of(about row, Enum config::* member, std::initializer_list<std::string_view> words) {
    const std::vector<choice> choices(words.begin(), words.end());
    std::vector<std::string_view> known;
    for (const auto& each : choices)
        known.push_back(each.name);
    return {
        .name = row.name,
        .type = "word",
        .default_text = row.default_text,
        .range = joined(known, ", "),
        .help = row.help,
        .read = [=](std::string_view text, config& into) -> std::optional<std::string> {
            const auto word = lower(text);
            const auto found =
                std::ranges::find_if(choices, [&](const auto& each) { return each.is(word); });
            if (found == choices.end()) return "is none of " + joined(known, ", ");
            into.*member = static_cast<Enum>(found - choices.begin());
            return std::nullopt;
        },
        .show = [=](const config& from
                ) { return std::string(known.at(static_cast<std::size_t>(from.*member))); },
    };
}

template setting one_of(about, newline_policy config::*, std::initializer_list<std::string_view>);
template setting
one_of(about, full_mailbox_policy config::*, std::initializer_list<std::string_view>);
template setting one_of(about, ip_family config::*, std::initializer_list<std::string_view>);
template setting one_of(about, log_format config::*, std::initializer_list<std::string_view>);
template setting one_of(about, queue_mode config::*, std::initializer_list<std::string_view>);
template setting one_of(about, log_level config::*, std::initializer_list<std::string_view>);

}  // namespace kurir::config
