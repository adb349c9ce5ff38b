// How a look-up can fail. relay/outbound/verdict decides which failures are permanent, not this
// file (decision 14, decision 22).
#pragma once

#include <boost/system/error_code.hpp>

#include "relay/base/result.hpp"

namespace kurir::dns {

using base::result;

enum class errc {
    not_found = 1,  // NXDOMAIN: the name provably does not exist
    no_data,        // the name exists, without records of the type
    null_mx,        // RFC 7505: the domain accepts no mail
    servfail,
    refused,
    timeout,
    malformed,     // the answer does not decode, is a CNAME loop, or contradicts itself
    unreachable,   // no server could be asked
    cancelled,     // the resolver is shutting down
    unproven,      // an empty answer without a SOA that covers the question
    other_family,  // the host has addresses, but only of the family that is switched off
    too_many,      // too many hosts: not all were looked up
    shortage,      // this machine has no descriptor, memory or port left
};

const boost::system::error_category& category() noexcept;

inline boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

}  // namespace kurir::dns

template <>
struct boost::system::is_error_code_enum<kurir::dns::errc> : std::true_type {};
