// Signs the bounces that we write, as other mail is signed.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <optional>

#include "queue/message.hpp"
#include "relay/outbound/bookkeeping.hpp"

namespace kurir::outbound {

// A bounce whose signature fails goes without one: its sender must be told all the same.
boost::asio::awaitable<void> sign_bounce(
    const bookkeeping& books, std::optional<queue::submission>& bounce
);

}  // namespace kurir::outbound
