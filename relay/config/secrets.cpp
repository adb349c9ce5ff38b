#include "relay/config/secrets.hpp"

#include <algorithm>

#include "relay/base/text.hpp"

namespace kurir::config {
namespace {

constexpr std::string_view hidden = "***";
constexpr std::string_view scheme_end = "://";

bool is_port(std::string_view text) {
    if (text.ends_with('/')) text.remove_suffix(1);
    return text.size() <= 5 && std::ranges::all_of(text, base::is_digit);
}

// The host in a URL and the text after it: a port, or what was meant as a password.
std::string shown_host(std::string_view rest) {
    const auto query = rest.find_first_of("?#");
    std::string shown(rest.substr(0, query));
    const auto colon = shown.starts_with('[') ? shown.find(':', shown.find(']')) : shown.find(':');
    if (colon != std::string::npos && !is_port(std::string_view(shown).substr(colon + 1))) {
        shown.replace(colon + 1, std::string::npos, hidden);
    }
    if (query != std::string_view::npos) shown.append(rest.substr(query, 1)).append(hidden);
    return shown;
}

}  // namespace

std::string without_secrets(std::string_view value) {
    const auto scheme = value.find(scheme_end);
    const bool is_url = scheme != std::string_view::npos;
    const auto start = is_url ? scheme + scheme_end.size() : 0;
    const auto at = value.rfind('@');
    if (at != std::string_view::npos && at >= start) {
        const auto colon = value.find(':', start);
        const auto kept = is_url ? start : colon + 1;
        if (is_url || colon < at) {
            return std::string(value.substr(0, kept))
                .append(hidden)
                .append("@")
                .append(shown_host(value.substr(at + 1)));
        }
    }
    if (!is_url) return std::string(value);
    return std::string(value.substr(0, start)) + shown_host(value.substr(start));
}

std::string without_secrets(std::string message, std::string_view value) {
    if (without_secrets(value) == value) return message;
    const auto first = message.find('\'');
    const auto last = message.rfind('\'');
    if (first == last) return message;
    return message.replace(first + 1, last - first - 1, hidden);
}

}  // namespace kurir::config
