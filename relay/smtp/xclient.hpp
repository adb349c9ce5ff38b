// The argument of XCLIENT (Postfix, XCLIENT_README): what a proxy says about the client for which
// it speaks. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::smtp {

// What an attribute says: nothing, if it is not given; that its value is not known; or the value.
template <class Value>
struct told {
    bool given = false;
    std::optional<Value> value = {};

    bool operator==(const told&) const = default;
};

struct client_claims {
    told<std::string> name;     // of the host, printable
    told<std::string> address;  // IPv4, or IPv6 without a tag
    told<std::uint16_t> port;
    told<bool> extended;      // PROTO: ESMTP, otherwise SMTP
    told<std::string> helo;   // as `hello_name` makes it
    told<std::string> login;  // who has logged in there: UTF-8 without control characters
    told<std::string> server_address;
    told<std::uint16_t> server_port;

    bool operator==(const client_claims&) const = default;
};

// "ATTRIBUTE=value ATTRIBUTE=value", each at most once, the values as xtext. Nothing if one is not
// known or has no value that it may have.
std::optional<client_claims> parse_xclient(std::string_view argument);

// The attributes, as the reply to EHLO lists them.
std::string xclient_attributes();

}  // namespace kurir::smtp
