// Opens a session with a server: carries the bytes of `smtp::opening`, and judges how it ends.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <memory>
#include <optional>
#include <string>

#include "relay/net/tls.hpp"
#include "relay/outbound/client_timeouts.hpp"
#include "relay/outbound/server_connection.hpp"
#include "relay/outbound/stage_clock.hpp"
#include "relay/outbound/verdict.hpp"
#include "relay/smtp/opening.hpp"

namespace kurir::outbound {

// By what TLS is agreed on, if the terms of the opening want it.
struct tls_terms {
    std::shared_ptr<const net::tls_context> context = nullptr;
    std::string peer_name = {};  // for which the server's certificate must hold
    net::tls_resumption resumption = {};
};

using opening_result = boost::system::result<smtp::opening::session, verdict>;

struct opening_end {
    opening_result result;
    std::optional<smtp::security_failure> insecure = {};  // if that is why it failed
};

// The references must stay valid until it ends. The verdict does not name the host.
boost::asio::awaitable<opening_end> open_session(
    server_connection& connection,
    stage_clock& clock,
    const client_timeouts& timeouts,
    smtp::opening_terms terms,
    tls_terms tls
);

// What an opening came to. `detail` tells more of a failure, if it is not empty.
opening_result result_of(const smtp::opening::outcome& outcome, const std::string& detail);

// The security that could not be had, if that is how it ended.
std::optional<smtp::security_failure> failure_of(const smtp::opening::outcome& outcome);

// `reply` says EHLO's reply once more: a second one that came late.
bool is_hello_again(const smtp::opening::session& session, const smtp::reply& reply);

}  // namespace kurir::outbound
