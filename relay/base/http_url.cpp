#include "relay/base/http_url.hpp"

#include <algorithm>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"

namespace kurir::base {

namespace {

constexpr std::size_t url_max = 8192;

bool is_printable(char c) {
    return c > ' ' && c < '\x7f';
}

bool is_name_character(char c) {
    return is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    const bool found = starts_ignoring_case(text, prefix);
    if (found) text.remove_prefix(prefix.size());
    return found;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto port = parse_number<std::uint16_t>(text);
    return port == 0 ? std::nullopt : port;
}

std::optional<std::string> parse_host(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) {
        text = text.substr(1, text.size() - 2);
        const auto address = numeric_address(text);
        if (!address || !address->is_v6()) return std::nullopt;
        return std::string(text);
    }
    if (text.empty() || !std::ranges::all_of(text, is_name_character)) return std::nullopt;
    return std::string(text);
}

bool parse_authority(std::string_view text, http_url& url) {
    const auto colon = text.rfind(':');
    if (colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos) {
        const auto port = parse_port(text.substr(colon + 1));
        if (!port) return false;
        url.port = *port;
        text = text.substr(0, colon);
    }
    const auto host = parse_host(text);
    if (!host) return false;
    url.host = *host;
    return true;
}

}  // namespace

std::string http_url::authority() const {
    const bool v6 = host.find(':') != std::string::npos;
    auto text = v6 ? "[" + host + "]" : host;
    if (port != (secure ? 443 : 80)) text += ":" + std::to_string(port);
    return text;
}

bool http_url::same_origin(const http_url& other) const {
    return secure == other.secure && port == other.port && equal_ignoring_case(host, other.host);
}

std::optional<http_url> parse_http_url(std::string_view text) {
    if (text.size() > url_max || !std::ranges::all_of(text, is_printable)) return std::nullopt;
    text = text.substr(0, text.find('#'));
    http_url url;
    url.secure = take_prefix(text, "https://");
    if (!url.secure && !take_prefix(text, "http://")) return std::nullopt;
    url.port = url.secure ? 443 : 80;

    const auto authority = text.substr(0, text.find_first_of("/?"));
    if (!parse_authority(authority, url)) return std::nullopt;
    text.remove_prefix(authority.size());
    url.target = text.starts_with('/') ? std::string(text) : "/" + std::string(text);
    return url;
}

std::string server_in(std::string_view url) {
    const auto parsed = parse_http_url(url);
    return parsed ? parsed->authority() : "an invalid URL";
}

std::optional<http_url> resolve_location(const http_url& base, std::string_view location) {
    if (!location.starts_with('/') || location.starts_with("//")) return parse_http_url(location);
    return parse_http_url(
        (base.secure ? "https://" : "http://") + base.authority() + std::string(location)
    );
}

}  // namespace kurir::base
