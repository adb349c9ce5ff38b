// The number of bytes that a non-blocking call has moved, and what it needs before it is called
// again.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstddef>

namespace kurir::net {

struct transfer {
    // What the socket must be ready for: input or output.
    enum class need { none, input, output };

    std::size_t size = 0;
    need next = need::none;
    boost::system::error_code error = {};
};

}  // namespace kurir::net
