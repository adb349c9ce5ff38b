// The facts of the DNS that `kurir doctor` judges: names of addresses, SPF, DKIM, DMARC.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

#include "relay/app/dkim_keys.hpp"
#include "relay/app/doctor.hpp"
#include "relay/app/server_tools.hpp"
#include "relay/doctor/names.hpp"

namespace kurir::app {

// The domains that mail is sent for, as far as settings name them: those with keys, those that
// stand for hosts, those that senders may have.
std::vector<std::string> sender_domains(const config::config& config, const dkim_reading& keys);

// KURIR_HOSTNAME, and the names of our addresses.
boost::asio::awaitable<void> look_at_addresses(
    server_tools& tools, std::vector<doctor::sender_address> own, finding_sink tell
);

struct examined_domain {
    std::string domain;
    std::vector<doctor::sender_address> own;
    const dkim_reading& keys;  // outlives the look
};

boost::asio::awaitable<void> look_at_domain(
    server_tools& tools, examined_domain examined, finding_sink tell
);

}  // namespace kurir::app
