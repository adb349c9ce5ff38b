// The settings about who is believed: proxies that name their clients, and who signs certificates
// of clients.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/config/config.hpp"
#include "relay/config/coverage.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/settings.hpp"
#include "relay/config/single_kinds.hpp"

namespace kurir::config {

// Networks of those who are believed about others: never much of the Internet.
inline kind<network_set> believed_networks() {
    const auto read = [](std::string_view text, network_set& value) -> problem {
        if (const auto wrong = network_set::parse(text, value)) return no_network(wrong->word);
        if (!covers_the_internet(value)) return std::nullopt;
        return "covers much of the Internet, whose hosts could then say to be anybody";
    };
    return {
        .type = "networks", .range = "CIDR or words (below) …", .read = read, .show = networks_text
    };
}

inline setting xclient_networks_row() {
    return row(
        {"KURIR_XCLIENT_NETWORKS",
         "",
         "Proxies that may name the client behind them by XCLIENT. Proxies that send a PROXY "
         "header are named in KURIR_LISTEN. See \"Behind a proxy or load balancer\".",
         effect::at_reload},
        &config::xclient_networks,
        believed_networks()
    );
}

inline setting client_ca_row() {
    return row(
        {"KURIR_TLS_CLIENT_CA",
         "",
         "The authorities (PEM) whose certificates of clients are credentials: a client that "
         "shows one may send to any address. None must be shown. The file is read again when it "
         "changes. Unset: clients are not asked."},
        &config::tls_client_ca,
        authorities()
    );
}

}  // namespace kurir::config
