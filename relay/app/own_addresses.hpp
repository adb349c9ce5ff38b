// The addresses from which the mail of this relay comes, as receivers see them.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

#include "relay/app/doctor.hpp"
#include "relay/app/server_tools.hpp"
#include "relay/doctor/names.hpp"

namespace kurir::app {

// `given` on the command line; else the source addresses of routes to MX hosts; else those from
// which the system would send, if the Internet knows them; else those of KURIR_HOSTNAME. If there
// is none, a finding says so. Sends nothing but look-ups.
boost::asio::awaitable<std::vector<doctor::sender_address>> find_own_addresses(
    server_tools& tools, const std::vector<std::string>& given, finding_sink tell
);

}  // namespace kurir::app
