// Finds the hosts of a route and their addresses.
//
// Only names are resolved here; prohibited addresses are checked when connecting, because the
// answer may have changed by then (security 2.4, DNS rebinding).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dns/resolver.hpp"
#include "relay/config/config.hpp"
#include "relay/config/live_config.hpp"
#include "relay/outbound/route.hpp"
#include "relay/outbound/route_table.hpp"
#include "relay/outbound/verdict.hpp"

namespace kurir::outbound {

// The routes of the configuration: KURIR_RELAYHOST or MX for everything that no rule of
// KURIR_ROUTES sends elsewhere.
route_table routes_of(const config::config& config);

// What is asked of TLS: at the MX hosts of `domain`, and at a relayhost of the route.
tls_policy mx_policy(
    const route_definition& definition, const config::config& config, std::string_view domain
);
tls_policy relayhost_policy(const route_definition& definition, const config::relayhost& server);

// Belongs to one executor, as its resolver does.
class router {
public:
    // All references must outlive the router. `own_listeners`: addresses that mail must not go to.
    router(
        const config::live_config& config,
        const route_table& routes,
        dns::resolver& resolver,
        std::vector<boost::asio::ip::tcp::endpoint> own_listeners
    );

    // The route, or why there is none.
    boost::asio::awaitable<std::variant<route, verdict>> find(route_choice choice);

private:
    using found = std::variant<route, verdict>;

    boost::asio::awaitable<found> find_relayhost(const route_definition& definition);
    boost::asio::awaitable<found> find_exchange(
        const route_definition& definition, config::snapshot config, std::string domain
    );
    std::vector<boost::asio::ip::address> addresses_of_machine(std::uint16_t remote_port) const;

    const config::live_config& config_;
    const route_table& routes_;
    dns::resolver& resolver_;
    std::vector<boost::asio::ip::tcp::endpoint> own_listeners_;
};

}  // namespace kurir::outbound
