// What ties a login to the TLS connection that it happens on (RFC 5056): whoever sits in the
// middle has two connections, with different bindings.
#pragma once

#include <string>

namespace kurir::sasl {

// Bytes; empty: not to be had. Both are empty in clear.
struct channel_bindings {
    std::string tls_exporter = {};          // RFC 9266: of the exporter, 32 bytes; TLS 1.3
    std::string tls_server_end_point = {};  // RFC 5929: the hash of the server's certificate

    bool available() const noexcept {
        return !tls_exporter.empty() || !tls_server_end_point.empty();
    }
};

}  // namespace kurir::sasl
