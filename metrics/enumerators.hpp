// The names of an enum's values, taken from the compiler, so that no text can be missing.
//
// For enums whose values count from 0 without a gap.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace kurir::metrics {

// Empty if the enum has no such value: the compiler then writes a cast, as "(kurir::colour)3".
template <auto Value>
consteval auto name_of_value() {
    std::string_view text = __PRETTY_FUNCTION__;  // "... [Value = kurir::colour::red]"
    text.remove_suffix(1);
    text.remove_prefix(text.find_last_of(": ") + 1);
    return text.find_first_of("()") == std::string_view::npos ? text : std::string_view();
}

template <class Enum, std::size_t From = 0>
consteval std::size_t count_enumerators() {
    if constexpr (name_of_value<static_cast<Enum>(From)>().empty()) {
        return From;
    } else {
        return count_enumerators<Enum, From + 1>();
    }
}

// The names in the order of the values.
template <class Enum>
inline constexpr auto enumerators = []<std::size_t... At>(std::index_sequence<At...>) {
    static_assert(sizeof...(At) > 0, "the values of the enum must count from 0");
    return std::array{name_of_value<static_cast<Enum>(At)>()...};
}(std::make_index_sequence<count_enumerators<Enum>()>());

// The value of the same name in another enum. Both have the same names in the same order, or this
// does not compile.
template <class To, class From>
constexpr To same_named(From value) noexcept {
    static_assert(
        std::ranges::equal(enumerators<To>, enumerators<From>),
        "the two enums must have the same names in the same order"
    );
    return static_cast<To>(value);
}

// True if a table has one row for each value of the enum that is its rows' `key`, in order. For a
// static_assert beside the table.
template <class Rows, class Row, class Enum>
consteval bool has_row_for_each(const Rows& rows, Enum Row::* key) {
    if (std::size(rows) != count_enumerators<Enum>()) return false;
    std::size_t at = 0;
    return std::ranges::all_of(rows, [&](const Row& row) {
        return row.*key == static_cast<Enum>(at++);
    });
}

}  // namespace kurir::metrics
