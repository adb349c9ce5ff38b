// What a call that does not wait has moved, and what it needs before it is called again.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstddef>

namespace kurir::net {

struct transfer {
    // Of the socket: that it has input, or that it takes output.
    enum class need { none, input, output };

    std::size_t size = 0;
    need next = need::none;
    boost::system::error_code error = {};
};

}  // namespace kurir::net
