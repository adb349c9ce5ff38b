// The order in which the hosts of a domain are tried (RFC 5321 section 5.1, RFC 7505). Pure.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "dns/error.hpp"
#include "dns/record.hpp"
#include "dns/resolver.hpp"

namespace kurir::dns {

// Turns the MX answer for `domain` into its hosts by preference, with equal ones shuffled. Without
// any MX: the domain itself (but never if it has MX records that can't be used). `null_mx` if its
// only host is ".".
result<mail_exchange> exchange_of(
    const std::string& domain, const answer& said, std::mt19937& draw
);

// The hosts that are closer to the destination than we are: without ourselves and without every
// host of our preference or a greater number. If none is left, the mail would loop. `is_ours` may
// know our names or, once the addresses of the hosts are known, compare those.
std::vector<mx_host> without_ourselves(
    std::vector<mx_host> hosts, const std::function<bool(const mx_host&)>& is_ours
);

}  // namespace kurir::dns
