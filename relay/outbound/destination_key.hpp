// What tells destinations apart: mail shares connections, a governor and a suspension exactly when
// its keys are equal.
//
// The name that logs and metrics show is derived from the key, never the other way round.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "relay/config/tls_policy.hpp"
#include "relay/outbound/local_addresses.hpp"

namespace kurir::outbound {

using config::tls_policy;

struct destination_key {
    // The hosts: the names of the MX hosts, or the name and port of a relayhost.
    std::string site;
    std::string route = {};  // its name; empty: the default route
    tls_policy tls = tls_policy::may;
    std::string credential = {};  // its name; empty: none
    local_addresses source = {};  // if they are given
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
