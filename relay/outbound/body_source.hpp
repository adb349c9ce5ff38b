// The source of a message's bytes, chunk after chunk.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string_view>

#include "relay/net/error.hpp"

namespace kurir::outbound {

class body_source {
public:
    struct chunk {
        std::string_view bytes;  // valid until the next call
        bool last = false;
    };
    virtual ~body_source() = default;
    virtual boost::asio::awaitable<net::result<chunk>> next() = 0;
};

}  // namespace kurir::outbound
