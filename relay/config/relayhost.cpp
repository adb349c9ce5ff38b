#include "relay/config/relayhost.hpp"

#include <algorithm>
#include <array>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

struct scheme_row {
    std::string_view prefix;
    std::uint16_t port;  // if none is given
};

// In the order of relayhost_scheme.
constexpr std::array<scheme_row, 3> schemes{{
    {"smtp://", 25},
    {"smtp+starttls://", 587},
    {"smtps://", 465},
}};

constexpr const scheme_row& row_of(relayhost_scheme scheme) {
    return schemes.at(static_cast<std::size_t>(scheme));
}

// Without a scheme. On the port of submissions (RFC 8314) a server waits for TLS and greets nobody.
relayhost_scheme meant_by(std::uint16_t port) {
    return port == row_of(relayhost_scheme::smtps).port ? relayhost_scheme::smtps
                                                        : relayhost_scheme::smtp;
}

std::optional<std::string> read_server(std::string_view written, relayhost& value) {
    const auto lowered = base::lowered(written);
    std::string_view text = lowered;
    if (text.empty()) return "has an empty place in its list of servers";
    const auto* const scheme = std::ranges::find_if(schemes, [&](const scheme_row& each) {
        return text.starts_with(each.prefix);
    });
    if (scheme != schemes.end()) {
        value.scheme = static_cast<relayhost_scheme>(scheme - schemes.begin());
        text.remove_prefix(scheme->prefix.size());
    }
    if (text.find('@') != std::string_view::npos) {
        return "has a user name or password; write them in KURIR_RELAYHOST_USERNAME and _PASSWORD";
    }
    if (text.find('?') != std::string_view::npos) {
        return "has parameters after a ?; what is asked of TLS is a setting of its own, "
               "KURIR_RELAYHOST_TLS";
    }
    if (text.ends_with('/')) text.remove_suffix(1);
    const auto parts = split_port(text);
    if (!parts || parts->port == std::uint16_t{0} ||
        (!base::numeric_address(parts->host) && !is_host_name(parts->host))) {
        return "is no server; write host, host:port, [address]:port, smtp://host:port, "
               "smtp+starttls://host:port or smtps://host:port";
    }
    value.host = parts->host;
    value.port = parts->port.value_or(row_of(value.scheme).port);
    if (scheme == schemes.end()) value.scheme = meant_by(value.port);
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
        if (auto wrong = read_server(base::trimmed(text.substr(0, end), base::white_space), server))
            return wrong;
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

tls_policy standard_policy(const relayhost& server) {
    return server.scheme == relayhost_scheme::smtp ? tls_policy::may : tls_policy::verify;
}

bool contradicts(tls_policy policy, const relayhost_list& servers) {
    if (policy == tls_policy::encrypt || policy == tls_policy::verify) return false;
    return std::ranges::any_of(servers, [](const relayhost& each) {
        return each.scheme != relayhost_scheme::smtp;
    });
}

std::string relayhosts_text(const relayhost_list& servers) {
    std::string text;
    for (const auto& [host, port, shares, scheme] : servers) {
        if (!text.empty()) text += shares ? '|' : ',';
        if (scheme != relayhost_scheme::smtp || meant_by(port) != scheme)
            text += row_of(scheme).prefix;
        const bool is_v6 = host.find(':') != std::string::npos;
        text += is_v6 ? "[" + host + "]" : host;
        text += ':' + std::to_string(port);
    }
    return text;
}

}  // namespace kurir::config
