// The servers that `kurir doctor` connects to: MX hosts on port 25, and relayhosts.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

#include "relay/app/doctor.hpp"
#include "relay/app/server_tools.hpp"

namespace kurir::app {

// Connects to the MX hosts of the domains until one greets, and says QUIT: port 25 can be reached.
// Never to those whose mail goes through a relayhost.
boost::asio::awaitable<void> look_at_port(
    server_tools& tools, std::vector<std::string> domains, finding_sink tell
);

// Connects and logs in to each server, as `kurir relayhost check`.
boost::asio::awaitable<void> look_at_relayhosts(server_tools& tools, finding_sink tell);

}  // namespace kurir::app
