// What a label of a metric is: a name and a fixed set of values, which are the enumerators of an
// enum.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "metrics/enumerators.hpp"

namespace kurir::metrics {

// `label<E>::name` is the label, `label<E>::values[e]` the text of a value.
template <class Enum>
struct label;

// A string literal as a template argument.
template <std::size_t Size>
struct literal {
    consteval literal(const char (&characters)[Size]) { std::copy_n(characters, Size, text); }
    constexpr std::string_view view() const { return {text, Size - 1}; }
    char text[Size];
};

// The text of a value is its name in the enum.
template <class Enum, literal Name>
struct labelled {
    static constexpr std::string_view name = Name.view();
    static constexpr auto values = enumerators<Enum>;
};

// For texts that can't be names: all of them in the order of the enum, separated by single spaces.
template <class Enum, literal Name, literal Values>
struct labelled_as {
    static constexpr std::string_view name = Name.view();

private:
    static constexpr std::size_t count = 1 + std::ranges::count(Values.view(), ' ');
    static_assert(count == count_enumerators<Enum>(), "a text for each value of the enum");

    static consteval auto split() {
        std::array<std::string_view, count> words;
        auto rest = Values.view();
        for (auto& word : words) {
            word = rest.substr(0, rest.find(' '));
            rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        }
        return words;
    }

public:
    static constexpr auto values = split();
};

template <class Enum>
constexpr std::string_view text(Enum value) {
    return label<Enum>::values[static_cast<std::size_t>(value)];
}

}  // namespace kurir::metrics
