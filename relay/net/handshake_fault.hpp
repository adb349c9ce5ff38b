// Why a handshake of TLS failed, told from its error code.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstdint>

namespace kurir::net {

enum class handshake_fault : std::uint8_t {
    closed,      // the peer closed the connection
    timeout,     // it did not go on
    clear_text,  // what it sent is not TLS
    version,     // no version that both speak
    cipher,      // no cipher, or no signature, that both know
    alpn,        // it wants another protocol
    rejected,    // it refused what we sent, such as our certificate
    flood,       // it sent much that leads nowhere
    shutdown,    // we stopped it
    other,
};

handshake_fault fault_of(const boost::system::error_code& error) noexcept;

}  // namespace kurir::net
