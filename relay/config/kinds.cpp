#include "relay/config/kinds.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <vector>

#include "relay/config/units.hpp"

namespace kurir::config {
namespace {

std::string between(bounds allowed) {
    return std::string(allowed.least) + " to " + std::string(allowed.most);
}

// A row whose text `value_of` reads to an optional that must be within the bounds.
template <class Value, class Member, class Read, class Write>
setting bounded(
    about row,
    std::string_view type,
    Member config::* member,
    bounds allowed,
    Read value_of,
    Write text_of,
    const char* hint = ""
) {
    const Value least = *value_of(allowed.least);
    const Value most = *value_of(allowed.most);
    auto complaint = "is not a " + std::string(type) + " from " + between(allowed) + hint;
    return {
        .name = row.name,
        .type = type,
        .default_text = row.default_text,
        .range = between(allowed),
        .help = row.help,
        .read = [=](std::string_view text, config& into) -> std::optional<std::string> {
            const auto value = value_of(text);
            if (!value || *value < least || *value > most) return complaint;
            into.*member = static_cast<Member>(*value);
            return std::nullopt;
        },
        .show = [=](const config& from) { return text_of(from.*member); },
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

}  // namespace

template <class Integer>
setting number(about row, Integer config::* member, bounds allowed) {
    return bounded<std::uint64_t>(row, "number", member, allowed, number_of, [](auto value) {
        return std::to_string(value);
    });
}

template <class Integer>
setting size(about row, Integer config::* member, bounds allowed) {
    return bounded<std::uint64_t>(
        row, "size", member, allowed, size_of, size_text, ", such as 25M (K, M or G)"
    );
}

template setting number(about, std::size_t config::*, bounds);
template setting number(about, std::uint16_t config::*, bounds);
template setting size(about, std::uint64_t config::*, bounds);

setting time(about row, duration config::* member, bounds allowed) {
    return bounded<duration>(
        row,
        "duration",
        member,
        allowed,
        duration_of,
        duration_text,
        ", such as 30s (ms, s, m, h or d)"
    );
}

setting on_or_off(about row, bool config::* member) {
    return {
        .name = row.name,
        .type = "switch",
        .default_text = row.default_text,
        .range = "on, off",
        .help = row.help,
        .read = [member](std::string_view text, config& into) -> std::optional<std::string> {
            if (text != "on" && text != "off") return "is neither on nor off";
            into.*member = text == "on";
            return std::nullopt;
        },
        .show = [member](const config& from) { return from.*member ? "on" : "off"; },
    };
}

template <class Enum>
setting one_of(about row, Enum config::* member, std::initializer_list<std::string_view> words) {
    const std::vector<std::string_view> known(words);
    return {
        .name = row.name,
        .type = "word",
        .default_text = row.default_text,
        .range = joined(known, ", "),
        .help = row.help,
        .read = [=](std::string_view text, config& into) -> std::optional<std::string> {
            const auto found = std::ranges::find(known, text);
            if (found == known.end()) return "is none of " + joined(known, ", ");
            into.*member = static_cast<Enum>(found - known.begin());
            return std::nullopt;
        },
        .show = [=](const config& from
                ) { return std::string(known.at(static_cast<std::size_t>(from.*member))); },
    };
}

template setting one_of(about, newline_policy config::*, std::initializer_list<std::string_view>);
template setting one_of(about, ip_family config::*, std::initializer_list<std::string_view>);
template setting one_of(about, log_format config::*, std::initializer_list<std::string_view>);
template setting one_of(about, log_level config::*, std::initializer_list<std::string_view>);

}  // namespace kurir::config
