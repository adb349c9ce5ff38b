// `kurir relayhost check`: tries each server of the relayhosts, and says how far it came.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/outbound/relayhost_probe.hpp"

namespace kurir::app {

// A server of a relayhost and the login for it.
struct server_to_check {
    std::string relayhost;  // its name; config::default_route: KURIR_RELAYHOST
    outbound::probed_server probed;
};

// All of the relayhost of this name, in any case; of all relayhosts if it is empty.
std::vector<server_to_check> servers_to_check(
    const config::config& config, const std::string& name
);

// A line for people: the step, its time, what came of it.
std::string text_of(const outbound::trial_step& step);

// For people, with line ends.
std::string text_of(const server_to_check& checked, const outbound::trial_report& report);

// Prints the reports. Returns the exit status: 0 if every server can be used.
int check_relayhosts(const config::config& config, const std::string& name);

// Tries the servers that are logged in to, and logs what comes of it.
boost::asio::awaitable<void> report_relayhosts(outbound::trial_tools tools);

}  // namespace kurir::app
