// IP addresses in numbers, as people, clients and servers write them.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <optional>
#include <string_view>

#include "relay/base/text.hpp"

namespace kurir::base {

// True if it may be the name or number of a network interface (RFC 4007 section 11.2).
inline bool is_zone(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
    });
}

// A zone may follow a link-local address only, as in fe80::1%eth0; elsewhere it would mean nothing.
// `boost::asio::ip::make_address` alone takes any zone, and reads no further than a NUL.
inline std::optional<boost::asio::ip::address> numeric_address(std::string_view text) {
    const auto percent = text.find('%');
    const bool has_zone = percent != std::string_view::npos;
    if (has_zone && !is_zone(text.substr(percent + 1))) return std::nullopt;
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(text, ec);
    if (ec || (has_zone && !address.to_v6().is_link_local())) return std::nullopt;
    return address;
}

}  // namespace kurir::base
