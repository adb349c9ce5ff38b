// The operations of the program that HTTP can call. Implemented in `app`: this folder does not know
// the queue or deliveries.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>

#include "relay/admin/readiness.hpp"

namespace kurir::admin {

// Every function is called on the thread of the HTTP server and must not block it.
class operations {
public:
    virtual ~operations() = default;

    // Whether mail can be accepted, and if not, why.
    virtual readiness ready() = 0;

    // All metrics, in Prometheus' text format.
    virtual boost::asio::awaitable<std::string> exposition() = 0;
};

}  // namespace kurir::admin
