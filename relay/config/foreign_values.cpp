#include "relay/config/foreign_values.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/units.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using word_pair = std::pair<std::string_view, std::string_view>;

// The second word of the pair whose first is `word`; otherwise `word` itself.
template <std::size_t Count>
std::string replaced(std::string_view word, const std::array<word_pair, Count>& pairs) {
    const auto lowered = base::lowered(word);
    const auto found = std::ranges::find(pairs, std::string_view(lowered), &word_pair::first);
    return found == pairs.end() ? std::string(word) : std::string(found->second);
}

bool is_off(std::string_view value) {
    const auto word = base::lowered(value);
    return word == "no" || word == "false" || word == "0" || word == "off" || word == "disabled";
}

// [::1]/128 without its brackets.
std::string unbracketed(std::string_view network) {
    std::string text;
    std::ranges::copy_if(network, std::back_inserter(text), [](char c) {
        return c != '[' && c != ']';
    });
    return text;
}

constexpr std::array<word_pair, 4> services{{
    {"smtp", "25"},
    {"submission", "587"},
    {"smtps", "465"},
    {"submissions", "465"},
}};

}  // namespace

std::optional<std::string> same_value(std::string_view value) {
    return std::string(value);
}

std::optional<std::string> networks_value(std::string_view value) {
    std::string text(value);
    const bool between_colons = text.starts_with(':') && !text.starts_with("::");
    std::ranges::replace(text, ';', ' ');
    if (between_colons) std::ranges::replace(text, ':', ' ');
    std::string networks;
    for (const auto word : words(text))
        networks += (networks.empty() ? "" : " ") + unbracketed(word);
    return networks;
}

std::optional<std::string> relayhost_value(std::string_view value) {
    if (value.find("://") != std::string_view::npos) return std::string(value);
    std::string host(value);
    std::string port;
    if (value.starts_with('[')) {
        const auto end = value.find(']');
        if (end == std::string_view::npos) return host;
        host = value.substr(1, end - 1);
        value.remove_prefix(end + 1);
        if (value.starts_with(':')) port = value.substr(1);
        const bool is_v6 = base::numeric_address(host) && host.find(':') != std::string::npos;
        if (is_v6) host = "[" + host + "]";
    } else if (const auto colon = value.find(':'); colon != std::string_view::npos) {
        const bool is_v6 =
            value.find(':', colon + 1) != std::string_view::npos && value.substr(colon, 2) != "::";
        if (is_v6) return host;
        host = value.substr(0, colon);
        port = value.substr(value.substr(colon, 2) == "::" ? colon + 2 : colon + 1);
    }
    return joined_place(std::move(host), replaced(port, services));
}

std::optional<std::string> size_value(std::string_view value) {
    return value == "0" ? "2G" : std::string(value);
}

std::optional<std::string> protocols_value(std::string_view value) {
    const auto all = words(value);
    if (all.size() > 1 || base::lowered(value) == "all") return "auto";
    return std::string(value);
}

std::optional<std::string> no_ipv6_value(std::string_view value) {
    if (is_off(value)) return std::nullopt;
    return "ipv4";
}

std::optional<std::string> tls_level_value(std::string_view value) {
    constexpr std::array<word_pair, 6> levels{{
        {"none", "off"},
        {"secure", "verify"},
        {"fingerprint", "verify"},
        {"dane", "may"},  // without DANE records it means may
        {"dane-only", "encrypt"},
        {"half-dane", "may"},
    }};
    return replaced(value, levels);
}

std::optional<std::string> rate_delay_value(std::string_view value) {
    const auto seconds =
        number_of(value.ends_with('s') ? value.substr(0, value.size() - 1) : value);
    if (!seconds) return std::string(value);
    if (*seconds == 0) return std::nullopt;
    constexpr std::uint64_t minute = 60;
    constexpr std::uint64_t hour = 60 * minute;
    constexpr std::uint64_t day = 24 * hour;
    if (minute % *seconds == 0) return std::to_string(minute / *seconds) + "/min";
    if (*seconds <= hour) return std::to_string(hour / *seconds) + "/h";
    return std::to_string(std::max<std::uint64_t>(1, day / *seconds)) + "/d";
}

std::optional<std::string> log_format_value(std::string_view value) {
    constexpr std::array<word_pair, 2> formats{{{"plain", "text"}, {"human", "text"}}};
    return replaced(value, formats);
}

std::optional<std::string> log_level_value(std::string_view value) {
    constexpr std::array<word_pair, 3> levels{{
        {"trace", "debug"},
        {"critical", "error"},
        {"fatal", "error"},
    }};
    return replaced(value, levels);
}

std::optional<std::string> docker_networks_value(std::string_view value) {
    constexpr std::array<word_pair, 3> networks{{
        {"none", "none"},
        {"container", "loopback"},
        {"network", "loopback 172.16.0.0/12"},
    }};
    return replaced(value, networks);
}

std::optional<std::string> missing_headers_value(std::string_view value) {
    if (is_off(value)) return std::nullopt;
    return "on";
}

std::optional<std::string> gmail_value(std::string_view) {
    return "smtp+starttls://smtp.gmail.com:587";
}

std::optional<std::string> ses_value(std::string_view region) {
    return "smtp+starttls://email-smtp." + std::string(region) + ".amazonaws.com:587";
}

std::optional<std::string> usual_ses_value(std::string_view) {
    return ses_value("us-east-1");
}

std::string joined_place(std::string host, std::string_view port) {
    const bool has_scheme = host.find("://") != std::string::npos;
    const auto last = host.rfind(':');
    const bool has_port = !has_scheme && last != std::string::npos && host.back() != ']';
    if (port.empty() || has_port) return host;
    host.append(":").append(port);
    return host;
}

}  // namespace kurir::config
