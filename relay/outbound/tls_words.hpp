// Why a handshake with a remote server failed, in words for the log, the queue and bounces. Pure.
#pragma once

#include <boost/system/error_code.hpp>

#include <string>

namespace kurir::outbound {

// `peer_name`: for which the server's certificate must hold.
std::string tls_words(const boost::system::error_code& error, const std::string& peer_name);

}  // namespace kurir::outbound
