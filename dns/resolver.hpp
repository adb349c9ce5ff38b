// The DNS questions of a mail relay. Tests replace this interface.
//
// A resolver belongs to one single-threaded executor and is called only there. Every call ends
// within its own deadline, does not throw, and ends early on the resolver's `shutdown`.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "dns/error.hpp"

namespace kurir::dns {

struct mx_host {
    std::string name;  // lower case A-label without trailing dot
    std::uint16_t preference = 0;
    bool operator==(const mx_host&) const = default;
};

// The hosts that accept mail for a domain (RFC 5321 section 5.1).
struct mail_exchange {
    std::vector<mx_host> hosts;  // by preference, equal ones shuffled; not empty
    bool implicit = false;       // no MX record: the domain itself
    bool cut = false;            // there are more hosts, about which these prove nothing
};

class resolver {
public:
    virtual ~resolver() = default;

    // MX hosts of `domain`. Without any MX record: the domain itself (implicit MX).
    // `errc::null_mx` and `errc::not_found` are proven; everything else is temporary.
    virtual boost::asio::awaitable<result<mail_exchange>> exchange(std::string domain) = 0;

    // All addresses of `host`, IPv6 and IPv4, in the order in which to try them. `errc::no_data` if
    // the name exists but has none. If one family fails temporarily and the other has addresses,
    // returns those.
    virtual boost::asio::awaitable<result<std::vector<boost::asio::ip::address>>> addresses(
        std::string host
    ) = 0;
};

}  // namespace kurir::dns
