// Errors of this layer, and the one completion token of the code base.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include "relay/base/result.hpp"

namespace kurir::net {

using base::result;

enum class errc {
    timed_out = 1,  // the deadline of the operation passed; the socket is still open
    interrupted,    // `stream::interrupt` was called; the socket is still open
    end_of_stream,  // the peer closed the connection; under TLS, after it said so
    truncated,      // under TLS: closed without saying so, perhaps cut off by somebody else
    not_secured,    // TLS was begun and not agreed on, so nothing can be sent or received
    flooded,        // under TLS: much came of which nothing could be read
    cut_off,        // under TLS: an earlier write ended early, so nothing can follow it
    not_local,      // the address to connect from is none of this machine
};

const boost::system::error_category& category() noexcept;

inline boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

// Failures of library operations are values, never exceptions.
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace kurir::net

template <>
struct boost::system::is_error_code_enum<kurir::net::errc> : std::true_type {};
