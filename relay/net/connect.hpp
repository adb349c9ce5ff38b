// Opens a connection.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <optional>

#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"

namespace kurir::net {

// Connects to `remote` by `deadline`, from `local` if that is given; its port may be 0. An address
// that is not on this machine is `errc::not_local`: nothing is sent from another one.
boost::asio::awaitable<result<boost::asio::ip::tcp::socket>> connect(
    boost::asio::ip::tcp::endpoint remote,
    clock::time_point deadline,
    std::optional<boost::asio::ip::tcp::endpoint> local = std::nullopt
);

}  // namespace kurir::net
