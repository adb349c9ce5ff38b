// Macros in the domains of SPF records (RFC 7208 section 7). Pure.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>
#include <string_view>

namespace kurir::spf {

// What the letters stand for.
struct macro_values {
    std::string sender;               // s, l, o: local-part@domain
    std::string domain;               // d: whose record has the macro
    boost::asio::ip::address client;  // i, v
    std::string hello;                // h: the name in EHLO
};

// Whether its macros are written as they must be, and all else is visible ASCII. The letters c, r
// and t, which explanations alone may have, are none.
bool is_macro_string(std::string_view text) noexcept;

// A macro string that ends in a label with a letter, or in a macro.
bool is_domain_spec(std::string_view text) noexcept;

// The name that `spec`, a domain-spec, stands for: without labels at its begin, if it would be
// longer than 253 bytes. %{p} is "unknown", as section 7.3 allows: its look-ups are not made.
std::string expand(std::string_view spec, const macro_values& values);

}  // namespace kurir::spf
