// The words for the priority classes in settings, header fields, logs and metrics.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "queue/message.hpp"

namespace kurir::queue {

inline constexpr std::array<std::string_view, 3> priority_words = {"normal", "urgent", "bulk"};

constexpr std::string_view text_of(priority level) noexcept {
    return priority_words[static_cast<std::size_t>(level)];
}

// The class that `word`, in lower case, stands for.
constexpr std::optional<priority> priority_of(std::string_view word) noexcept {
    for (std::size_t at = 0; at < priority_words.size(); ++at) {
        if (priority_words[at] == word) return static_cast<priority>(at);
    }
    return std::nullopt;
}

}  // namespace kurir::queue
