#include "relay/config/addresses.hpp"

#include <algorithm>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/config/units.hpp"

namespace kurir::config {
namespace {

namespace ip = boost::asio::ip;

bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
           std::ranges::all_of(text, [](char c) { return base::is_alphanumeric(c) || c == '-'; });
}

std::optional<std::uint16_t> port_of(std::string_view text) {
    const auto number = number_of(text);
    if (!number || *number > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

}  // namespace

std::optional<host_and_port> split_port(std::string_view text) {
    auto host = text;
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto closed = text.find(']');
        if (closed == std::string_view::npos) return std::nullopt;
        host = text.substr(1, closed - 1);
        rest = text.substr(closed + 1);
    } else if (std::ranges::count(text, ':') == 1) {
        host = text.substr(0, text.find(':'));
        rest = text.substr(text.find(':'));
    }
    if (host.empty()) return std::nullopt;
    if (rest.empty()) return host_and_port{std::string(host), std::nullopt};
    const auto port = rest.starts_with(':') ? port_of(rest.substr(1)) : std::nullopt;
    if (!port) return std::nullopt;
    return host_and_port{std::string(host), port};
}

bool is_host_name(std::string_view text) {
    if (text.size() > 253) return false;
    std::string_view label;
    for (auto rest = text;;) {
        const auto dot = rest.find('.');
        label = rest.substr(0, dot);
        if (!is_label(label)) return false;
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
    }
    // A last label of digits makes it an address, or a mistyped one.
    return !std::ranges::all_of(label, base::is_digit);
}

bool is_name_pattern(std::string_view text) {
    constexpr std::string_view wildcard = "*.";
    if (text == "*" || base::numeric_address(text)) return true;
    if (text.starts_with('[') && text.ends_with(']')) return text.size() > 2;
    if (text.starts_with(wildcard)) text.remove_prefix(wildcard.size());
    return is_host_name(text);
}

bool is_mail_address(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at > 64) return false;
    const auto local = text.substr(0, at);
    return is_host_name(text.substr(at + 1)) && std::ranges::none_of(local, [](char c) {
               return static_cast<unsigned char>(c) <= ' ' || c == '<' || c == '>' || c == '@' ||
                      c == 0x7f;
           });
}

std::optional<ip::tcp::endpoint> endpoint_of(std::string_view text) {
    const auto parts = split_port(text);
    if (!parts || !parts->port) return std::nullopt;
    const auto address = base::numeric_address(parts->host);
    if (!address) return std::nullopt;
    return ip::tcp::endpoint(*address, *parts->port);
}

std::optional<place_to_listen> place_to_listen_of(std::string_view text) {
    if (const auto endpoint = endpoint_of(text)) return place_to_listen{*endpoint};
    if (text.starts_with('*')) text.remove_prefix(1);
    if (text.starts_with(':')) text.remove_prefix(1);
    const auto port = port_of(text);
    if (!port) return std::nullopt;
    return place_to_listen{{ip::address_v6::any(), *port}, true};
}

std::string endpoint_text(const ip::tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    const auto port = std::to_string(endpoint.port());
    return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

}  // namespace kurir::config
