// What this machine lacks to make an attempt: descriptors, memory, ports, a store that can be read,
// or the claim of the mail.
//
// That is not an attempt (R2): it delays the mail, is counted and logged, and never uses up the
// lifetime of a message.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <optional>

namespace kurir::outbound {

enum class shortage : std::uint8_t { descriptors, memory, ports, store, claim };

// Nothing if the error is not of our own making.
std::optional<shortage> shortage_of(const boost::system::error_code& error) noexcept;

// "Cannot assign requested address" is said when all ports are in use and when this machine has no
// address from which `to` can be reached: then the result is another error. Sends nothing.
boost::system::error_code connect_error(
    const boost::system::error_code& error, const boost::asio::ip::tcp::endpoint& remote
);

}  // namespace kurir::outbound
