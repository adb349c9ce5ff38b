#include "relay/rewrite/hidden_trace.hpp"

#include <algorithm>

#include "relay/base/text.hpp"

namespace kurir::rewrite {

namespace {

constexpr std::size_t date_max = 40;

// The date behind the last semicolon, without what may be a comment; empty: what stands there is
// none.
std::string date_in(std::string_view value) {
    const auto semicolon = value.rfind(';');
    if (semicolon == std::string_view::npos) return {};
    auto text = value.substr(semicolon + 1);
    text = base::trimmed(text.substr(0, text.find('(')), base::white_space);
    std::string date;
    for (const char c : text) {
        if (c == '\r' || c == '\n') continue;
        const bool may_be =
            base::is_alphanumeric(c) || std::string_view(" ,:+-").find(c) != std::string_view::npos;
        if (c != '\t' && !may_be) return {};
        date += c == '\t' ? ' ' : c;
    }
    const bool has_time = date.find(':') != std::string::npos;
    return date.size() <= date_max && has_time ? date : std::string();
}

}  // namespace

std::string hidden_received(
    std::string_view value, std::string_view hostname, std::string_view date
) {
    const auto own = date_in(value);
    return std::string("Received: by ")
        .append(hostname)
        .append(" (Kurir);\r\n\t")
        .append(own.empty() ? date : own)
        .append("\r\n");
}

}  // namespace kurir::rewrite
