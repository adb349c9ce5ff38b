// Finds the setting that would admit a refused command, for the log's field `admit_by`.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>

#include "relay/smtp/server_dialogue.hpp"

namespace kurir::inbound {

// "add 172.18.0.0/16 to KURIR_TRUSTED_NETWORKS". A private network is named as a whole, as
// container engines lay them out; otherwise only the address is named.
std::string trusting_advice(const boost::asio::ip::address& client);

// The same for any refusal; empty if no setting would help.
std::string admitting_advice(
    const smtp::exchange& refused, bool trusted, const boost::asio::ip::address& client
);

}  // namespace kurir::inbound
