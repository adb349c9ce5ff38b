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

// How values of a type are read and written, and what to say to whom did not know.
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
    const conversion as{"size", size_of, size_text, ", such as 25M (K, M or G)"};
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
            if (text != "on" && text != "off") return "is neither on nor off";
            into.*member = text == "on";
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
