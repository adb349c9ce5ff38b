// Opens a session with a server: carries the bytes of `smtp::opening`, and judges how it ends.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <string>

#include "relay/outbound/client_timeouts.hpp"
#include "relay/outbound/server_connection.hpp"
#include "relay/outbound/stage_clock.hpp"
#include "relay/outbound/verdict.hpp"
#include "relay/smtp/opening.hpp"

namespace kurir::outbound {

// What the opening told of the server.
struct server_session {
    smtp::peer offers = {};
    std::string greeting_name = {};  // its own name in its greeting
    smtp::reply hello = {};          // its last reply to EHLO or HELO

    // `reply` says EHLO's reply once more: a second one that came late.
    bool is_hello_again(const smtp::reply& reply) const;
};

using opening_result = boost::system::result<server_session, verdict>;

// The references must stay valid until it ends. The verdict does not name the host.
boost::asio::awaitable<opening_result> open_session(
    server_connection& connection,
    stage_clock& clock,
    const client_timeouts& timeouts,
    smtp::opening_terms terms
);

}  // namespace kurir::outbound
