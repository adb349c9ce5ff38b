// The words of a list, separated by commas, white space, or both; and other small changes of a
// text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kurir::config {

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

// Without the blanks around it.
inline std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// With A to Z as a to z, and nothing else changed.
inline std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

// With a to z as A to Z, and nothing else changed.
inline std::string upper_case(std::string_view text) {
    std::string upper(text);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return upper;
}

}  // namespace kurir::config
