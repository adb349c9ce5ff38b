// SPF records (RFC 7208 sections 4.5 to 6): read from their text, whole or not at all. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"

namespace kurir::spf {

enum class mechanism_kind : std::uint8_t { all, include, a, mx, ptr, ip4, ip6, exists };

// What a mechanism that matches says of the address.
enum class qualifier : std::uint8_t { pass, fail, softfail, neutral };

struct mechanism {
    mechanism_kind kind = mechanism_kind::all;
    spf::qualifier qualifier = qualifier::pass;
    std::string domain = {};                // a domain-spec, with macros; empty: the domain itself
    boost::asio::ip::address network = {};  // of ip4 and ip6
    unsigned int v4_bits = 32;              // prefix length for addresses of IPv4
    unsigned int v6_bits = 128;             // and of IPv6
    std::string text = {};                  // as it is written
};

struct record {
    std::vector<mechanism> mechanisms;  // in their order
    std::string redirect = {};          // a domain-spec; empty: none
};

// Whether a TXT record is one of SPF: version 1, of this standard.
bool is_record(std::string_view text) noexcept;

// The text after which `is_record` holds. The error is the end of a sentence about the record: it
// names the term that is wrong.
base::result<record, std::string> parse_record(std::string_view text);

// Mechanisms and modifiers that ask the DNS, of which an evaluation may meet ten (section 4.6.4).
bool asks_dns(mechanism_kind kind) noexcept;

}  // namespace kurir::spf
