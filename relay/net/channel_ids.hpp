// What identifies a TLS connection to both of its ends, for a login that is bound to it (RFC 5056).
#pragma once

#include <string>

struct ssl_st;

namespace kurir::net {

// Bytes; empty: there is none.
struct channel_ids {
    std::string exporter = {};          // tls-exporter (RFC 9266): 32 bytes; of TLS 1.3 only
    std::string server_end_point = {};  // tls-server-end-point (RFC 5929)
};

// Of a connection whose handshake is done, of either role.
channel_ids channel_ids_of(ssl_st* connection);

}  // namespace kurir::net
