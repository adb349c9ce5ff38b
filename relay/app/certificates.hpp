// Our certificates: read from the files that KURIR_TLS_CERT and KURIR_TLS_KEY name, or made.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/config/parse.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/server_certificate.hpp"
#include "relay/net/tls.hpp"

namespace kurir::app {

// A pair of files by its place in KURIR_TLS_CERT, null where it can't be used; and one line for
// each file that can't, which begins with the name of its setting. No pairs, if there is no
// certificate or if it is made by `generated_certificate`.
struct certificate_pairs {
    net::server_certificates found;
    config::problems problems;
};
certificate_pairs read_pairs(const config::config& config);

// Every pair, or those lines.
std::variant<net::server_certificates, config::problems> read_certificates(
    const config::config& config
);

// The text of the file of KURIR_TLS_CLIENT_CA, or what is wrong with the file. Empty, if none is
// named.
std::variant<std::string, config::problems> read_client_ca(const config::config& config);

// The certificate for KURIR_TLS_CERT=generate: that of an earlier start, unless it expires soon or
// has another name; else a new one, which is kept in the queue folder and logged. What is wrong, if
// it can't be kept.
std::variant<net::server_certificates, config::problems> generated_certificate(
    const config::config& config
);

// What is worth a warning: not yet valid, or not for long any more.
std::vector<std::string> warnings_about(
    const net::server_certificates& certificates, net::wall_time today
);

// When the first of them expires.
std::chrono::sys_seconds first_expiry(const net::server_certificates& certificates);

}  // namespace kurir::app
