#include "relay/message/body_lines.hpp"

#include <algorithm>

namespace kurir::message {

// Searches for the last LF within the length of a line, which skips many short lines at once.
bool body_lines::too_long(std::string_view more) noexcept {
    const std::size_t line_max = limit_ + 2;  // with CRLF
    while (!more.empty()) {
        const std::size_t reach = line_max - std::min(open_, line_max);
        const auto window = more.substr(0, reach);
        const std::size_t newline = window.rfind('\n');
        if (newline != std::string_view::npos) {
            more.remove_prefix(newline + 1);
            open_ = 0;
        } else if (window.size() == reach) {
            return true;
        } else {
            open_ += more.size();
            return false;
        }
    }
    return false;
}

}  // namespace kurir::message
