#include "relay/smtp/local_part.hpp"

#include "relay/base/text.hpp"

namespace kurir::smtp {

bool is_atext(char c) noexcept {
    return base::is_alphanumeric(c) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view text) noexcept {
    bool after_dot = true;
    for (const char c : text) {
        if (c == '.') {
            if (after_dot) return false;
            after_dot = true;
        } else {
            if (!is_atext(c) && !base::is_high(c)) return false;
            after_dot = false;
        }
    }
    return !after_dot;
}

std::string minimally_quoted(std::string_view content) {
    if (is_dot_string(content)) return std::string(content);
    std::string quoted = "\"";
    for (const char c : content) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted += '"';
}

}  // namespace kurir::smtp
