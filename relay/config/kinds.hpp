// The kinds of value that a setting can have, and how a kind and a member make a row of the table.
//
// A kind that only one setting has is in single_kinds.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "relay/config/settings.hpp"

namespace kurir::config {

using problem = std::optional<std::string>;  // the end of a sentence

// How a text becomes a value, and back.
template <class Value>
struct kind {
    std::string_view type;
    std::string range;  // the accepted values, in words
    std::function<problem(std::string_view text, Value& value)> read;
    std::function<std::string(const Value& value)> show;

    // Of a value that names files which are read again when they change: their paths.
    std::function<std::vector<std::string>(const Value& value)> files = {};
};

// The properties of every row, whatever its kind.
struct about {
    std::string name;
    std::string_view default_text;
    std::string_view help;
    effect takes_effect = effect::at_start;
};

// Empty if values of this kind name no files.
template <class Place, class Value>
setting::files_finder files_of(
    Place place, std::function<std::vector<std::string>(const Value& value)> files
) {
    if (!files) return {};
    return [place, files = std::move(files)](const config& values) {
        return files(static_cast<Value>(std::invoke(place, values)));
    };
}

// A row for the member of config that `place` is or finds: a pointer to it, or a function from a
// config to its member, const or not. The member is a `Value` or can be cast to it and back.
template <class Place, class Value>
setting row(about row, Place place, kind<Value> kind) {
    using member = std::remove_cvref_t<std::invoke_result_t<Place, config&>>;
    return {
        .name = std::move(row.name),
        .type = kind.type,
        .default_text = row.default_text,
        .range = kind.range,
        .help = row.help,
        .read =
            [place, read = std::move(kind.read)](std::string_view text, config& values) {
                Value value{};
                auto wrong = read(text, value);
                if (!wrong) std::invoke(place, values) = static_cast<member>(std::move(value));
                return wrong;
            },
        .show = [place, show = std::move(kind.show)](const config& values
                ) { return show(static_cast<Value>(std::invoke(place, values))); },
        .copy = [place](
                    const config& source, config& target
                ) { std::invoke(place, target) = std::invoke(place, source); },
        .files = files_of(place, std::move(kind.files)),
        .takes_effect = row.takes_effect,
    };
}

// Numbers, sizes and durations from `least` to `most`, which are written as in a setting.
kind<std::uint64_t> number(std::string_view least, std::string_view most);
kind<std::uint64_t> size(std::string_view least, std::string_view most);
kind<duration> time(std::string_view least, std::string_view most);
// From 100ms to a day: as long as a peer may take for a step.
kind<duration> timeout();

kind<bool> on_or_off();

// One rate; unset means no limit.
kind<std::optional<rate>> rate_limit();

// A fixed set of words, in any case; the first is the enum's value 0, and so on. "warning|warn":
// `warn` is also accepted.
kind<std::size_t> one_of(std::initializer_list<std::string_view> words);

// The same setting, but its value is never shown.
inline setting secret(setting row) {
    row.secret = true;
    return row;
}

// The same setting, whose file may say more than a variable.
template <class Value>
setting with_file(
    setting row, Value config::* place, problem (*read)(std::string_view text, Value& value)
) {
    row.read_file = [place, read](std::string_view text, config& values) {
        Value value{};
        auto wrong = read(text, value);
        if (!wrong) values.*place = std::move(value);
        return wrong;
    };
    return row;
}

}  // namespace kurir::config
