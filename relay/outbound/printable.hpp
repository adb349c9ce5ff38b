// Makes remote text safe for logs, bounces and the store.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"

namespace kurir::outbound {

inline constexpr std::size_t diagnostic_max = 512;

// Printable ASCII on one line, at most `diagnostic_max` bytes: runs of white space become one
// space, every other unprintable byte a question mark.
inline std::string printable(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (result.size() == diagnostic_max) break;
        if (!base::is_space(c)) {
            result += c > ' ' && c < '\x7f' ? c : '?';
        } else if (!result.empty() && result.back() != ' ') {
            result += ' ';
        }
    }
    if (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
}

}  // namespace kurir::outbound
