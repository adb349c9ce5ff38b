// The route of mail: the hosts to try, in order, with their addresses, and how mail is sent there.
//
// Resolved on the dispatcher's thread (router.hpp), and passed to the connections as a value.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "relay/net/clock.hpp"
#include "relay/outbound/destination_key.hpp"

namespace kurir::outbound {

// One host to try: all its addresses, in order.
struct target {
    std::string name;
    std::uint16_t port = 25;
    std::vector<boost::asio::ip::address> addresses;
    bool shares = false;  // the load, with the target before it
    tls_policy tls = tls_policy::off;
    bool implicit_tls = false;  // from the first byte, instead of STARTTLS
};

struct route {
    destination_key key;
    std::vector<target> targets;  // not empty, by preference

    // The operator named the host: it may have any address, and it is our own trouble if it is
    // missing.
    bool relayhost = false;
    // Recipients of several domains may share a transaction. Large providers take one domain's only
    // (decision 12).
    bool any_domain = false;
    // It may take every worker while no other destination wants one.
    bool any_worker = false;

    // The names that EHLO gives from `key.source`; empty: our own.
    std::string name_v4 = {};
    std::string name_v6 = {};

    net::clock::time_point resolved_at{};
};

}  // namespace kurir::outbound
