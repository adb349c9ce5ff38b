// What all connections have in common: one value, filled by the composition root.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <vector>

#include "relay/config/live_config.hpp"
#include "relay/outbound/bookkeeping.hpp"
#include "relay/outbound/habits.hpp"
#include "relay/outbound/logins.hpp"
#include "relay/outbound/operator_suspension.hpp"
#include "relay/outbound/reachability.hpp"
#include "relay/outbound/remote_tls.hpp"
#include "relay/outbound/standing.hpp"

namespace kurir::outbound {

// The references must outlive every connection.
struct connection_setup {
    const config::live_config& config;  // of which each attempt takes a snapshot
    bookkeeping books;
    shared_habits& servers;      // what was learnt of those that mail is sent to
    shared_standing& standing;   // which relayhosts are passed over for now
    shared_reachability& reach;  // which of their addresses come first
    remote_tls& tls;
    const shared_suspensions& suspensions;  // by senders, which only the message names
    std::vector<boost::asio::ip::tcp::endpoint> own_listeners = {};  // the bound addresses
    kurir::outbound::logins* logins = nullptr;  // not null if a route has a credential
};

}  // namespace kurir::outbound
