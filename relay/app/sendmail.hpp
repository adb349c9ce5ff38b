// `sendmail`: what applications start to send a message. It hands it to the running relay, and says
// by its exit status (sysexits.h) what became of that.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "relay/config/config.hpp"

namespace kurir::app {

// Where a client on this machine finds the relay that listens on these addresses: "host:port", of
// the first that takes mail in clear without a login or a proxy. Empty: there is none.
std::string local_relay(const std::vector<config::listen_address>& listeners);

// `arguments`: without the program's name. Returns the exit status.
int run_sendmail(std::span<const std::string_view> arguments, char** environ);

}  // namespace kurir::app
