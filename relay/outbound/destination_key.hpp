// What tells destinations apart: mail shares connections, a governor and a suspension exactly when
// its keys are equal.
//
// The name that logs and metrics show is derived from the key, never the other way round.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace kurir::outbound {

// What is asked of TLS on a connection.
enum class tls_policy : std::uint8_t {
    off,
    may,      // used if it works
    encrypt,  // no mail without it
    verify,   // no mail without it, nor to a server without a valid certificate
};

struct destination_key {
    // The hosts: the names of the MX hosts, or the name and port of a relayhost.
    std::string site;
    std::string route = {};  // its name; empty: the default route
    tls_policy tls = tls_policy::off;
    std::string credential = {};                          // its name; empty: none
    std::optional<boost::asio::ip::address> source = {};  // the local address, if it is given
    std::string rate_class = {};  // the domain that has a configured rate of its own; empty: none

    bool operator==(const destination_key&) const = default;

    // For people: the site, and in parentheses what else is not the default. Different keys have
    // different names.
    std::string name() const;
};

struct destination_key_hash {
    std::size_t operator()(const destination_key& key) const noexcept;
};

}  // namespace kurir::outbound
