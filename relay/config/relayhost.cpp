#include "relay/config/relayhost.hpp"

#include <algorithm>

#include "relay/config/addresses.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

std::optional<std::string> read_server(std::string_view written, relayhost& value) {
    constexpr std::string_view plain = "smtp://";
    const auto lowered = lower_case(written);
    std::string_view text = lowered;
    if (text.empty()) return "has an empty place in its list of servers";
    if (text.starts_with("smtps://") || text.starts_with("smtp+starttls://")) {
        return "asks for TLS, which this version does not speak yet; use host:port or smtp://";
    }
    if (text.starts_with(plain)) text.remove_prefix(plain.size());
    if (text.find('@') != std::string_view::npos) {
        return "has a user name or password, which this version can't use yet";
    }
    if (text.ends_with('/')) text.remove_suffix(1);
    const auto parts = split_port(text);
    if (!parts || parts->port == std::uint16_t{0} ||
        (!address_of(parts->host) && !is_host_name(parts->host))) {
        return "is no server; write host, host:port, [address]:port or smtp://host:port";
    }
    value.host = parts->host;
    value.port = parts->port.value_or(25);
    return std::nullopt;
}

bool names_same(const relayhost& a, const relayhost& b) {
    return a.host == b.host && a.port == b.port;
}

}  // namespace

std::optional<std::string> read_relayhosts(std::string_view text, relayhost_list& value) {
    relayhost_list servers;
    for (bool shares = false;;) {
        const auto end = text.find_first_of(",|");
        relayhost server{.host = {}, .shares = shares};
        if (auto wrong = read_server(trimmed(text.substr(0, end)), server)) return wrong;
        const auto is_again = [&](const relayhost& each) { return names_same(each, server); };
        if (std::ranges::any_of(servers, is_again)) return "has a server twice";
        servers.push_back(std::move(server));
        if (end == std::string_view::npos) break;
        shares = text[end] == '|';
        text.remove_prefix(end + 1);
    }
    if (servers.size() > relayhosts_max) {
        return "has more than " + std::to_string(relayhosts_max) + " servers";
    }
    value = std::move(servers);
    return std::nullopt;
}

std::string relayhosts_text(const relayhost_list& servers) {
    std::string text;
    for (const auto& [host, port, shares] : servers) {
        if (!text.empty()) text += shares ? '|' : ',';
        const bool is_v6 = host.find(':') != std::string::npos;
        text += is_v6 ? "[" + host + "]" : host;
        text += ':' + std::to_string(port);
    }
    return text;
}

}  // namespace kurir::config
