// The first items of a list, for a log line.
#pragma once

#include <cstddef>
#include <string>

namespace kurir::base {

// `text_of` makes an item's text. At most five items, with commas between them.
std::string listed(const auto& items, auto text_of) {
    constexpr std::size_t listed_max = 5;
    std::string text;
    std::size_t count = 0;
    for (const auto& each : items) {
        if (++count > listed_max) break;
        text.append(text.empty() ? "" : ", ").append(text_of(each));
    }
    return text;
}

}  // namespace kurir::base
