// Tries one server of a relayhost as far as the first message: finds, connects, secures, logs in,
// and says QUIT. Nothing is sent.
//
// For `kurir relayhost check` and for the start of the relay; belongs to the thread of the
// resolver.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "relay/config/config.hpp"
#include "relay/outbound/route_table.hpp"
#include "relay/outbound/session_trial.hpp"

namespace kurir::outbound {

struct probed_server {
    config::relayhost server;
    route_definition definition;  // of its route: how it is connected to
};

boost::asio::awaitable<trial_report> probe_relayhost(trial_tools tools, probed_server server);

}  // namespace kurir::outbound
