// Whether a look-up proves that there are no such records. Pure.
#pragma once

#include "dns/error.hpp"

namespace kurir::dns {

// The name does not exist, or has no records of the type. Any other error may be temporary.
inline bool proves_absence(const boost::system::error_code& error) noexcept {
    return error == errc::not_found || error == errc::no_data;
}

}  // namespace kurir::dns
