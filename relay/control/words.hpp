// Closed sets of words: the place of a word, and what is said when it is none of them. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::control {

template <class Words>
std::optional<std::size_t> index_in(const Words& words, std::string_view word) {
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) return std::nullopt;
    return static_cast<std::size_t>(found - words.begin());
}

// "state is one of incoming, ready".
template <class Words>
std::string one_of(std::string_view name, const Words& words) {
    std::string all = std::string(name) + " is one of";
    for (const auto& each : words)
        all.append(&each == words.data() ? " " : ", ").append(each);
    return all;
}

}  // namespace kurir::control
