// The words of a list, separated by commas, white space, or both; and words in messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::config {

// Behind the name of a setting: the name of the file that holds its value.
inline constexpr std::string_view file_suffix = "_FILE";
// Between what is looked for and what it leads to.
inline constexpr std::string_view arrow = "->";
// Stands for everyone in tables, if it is alone.
inline constexpr std::string_view everyone = "*";
// The longest name of a user or a route, in bytes: as long as the queue can keep.
inline constexpr std::size_t kept_name_max = 255;

inline std::vector<std::string_view> words(std::string_view text) {
    constexpr std::string_view separators = ", \t\r\n";
    std::vector<std::string_view> found;
    for (;;) {
        const auto start = text.find_first_not_of(separators);
        if (start == std::string_view::npos) return found;
        text.remove_prefix(start);
        found.push_back(text.substr(0, text.find_first_of(separators)));
        text.remove_prefix(found.back().size());
    }
}

// What may be a password in a message to the operator (secrets.hpp).
inline std::string in_single_quotes(std::string_view word) {
    return '\'' + std::string(word) + '\'';
}

// A word in a message to the operator. Single quotes mark what may be a password (secrets.hpp).
inline std::string in_quotes(std::string_view word) {
    return '"' + std::string(word) + '"';
}

}  // namespace kurir::config
