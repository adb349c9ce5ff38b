// The route for a domain's mail: the hosts to try, in order, with their addresses.
//
// A route is resolved on the dispatcher's thread and passed to the connections as a value. Only
// names are resolved here; prohibited addresses are checked when connecting, because the answer may
// have changed by then (security 2.4, DNS rebinding).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "dns/resolver.hpp"
#include "relay/config/live_config.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/verdict.hpp"

namespace kurir::outbound {

// One host to try: all its addresses, in order.
struct target {
    std::string name;
    std::uint16_t port = 25;
    std::vector<boost::asio::ip::address> addresses;
};

struct route {
    std::string site;  // domains with the same site share connections, concurrency, backoff
    std::vector<target> targets;  // not empty, by preference
    bool configured =
        false;  // a relayhost: any address is allowed, any domain shares a transaction
    std::string rated_as = {};  // a name whose configured rate applies before those of the hosts
    net::clock::time_point resolved_at{};
};

// Finds routes. Belongs to one executor, as its resolver does.
class router {
public:
    // Both references must outlive the router. `own_listeners`: addresses that mail must not go to.
    router(
        const config::live_config& config,
        dns::resolver& resolver,
        std::vector<boost::asio::ip::tcp::endpoint> own_listeners
    );

    // The route of `domain`, or why there is none.
    boost::asio::awaitable<std::variant<route, verdict>> find(std::string domain);

private:
    boost::asio::awaitable<std::variant<route, verdict>> find_relayhost(config::relayhost host);
    boost::asio::awaitable<std::variant<route, verdict>> find_exchange(
        config::snapshot config, std::string domain
    );
    std::vector<boost::asio::ip::address> addresses_of_machine(std::uint16_t remote_port) const;

    const config::live_config& config_;
    dns::resolver& resolver_;
    std::vector<boost::asio::ip::tcp::endpoint> own_listeners_;
};

}  // namespace kurir::outbound
