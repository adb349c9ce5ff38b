// How names are resolved, as the settings say.
#pragma once

#include "dns/cares_resolver.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

inline dns::cares_options::family family_of(config::ip_family wanted) {
    using family = dns::cares_options::family;
    switch (wanted) {
        case config::ip_family::ipv4:
            return family::ipv4;
        case config::ip_family::ipv6:
            return family::ipv6;
        case config::ip_family::automatic:
            break;
    }
    return family::automatic;
}

inline dns::cares_options dns_options(const config::config& config) {
    return {.servers = config.dns_servers, .address_family = family_of(config.family)};
}

}  // namespace kurir::app
