// Our names and addresses in the DNS, as receivers look at them. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <map>
#include <string>
#include <vector>

#include "dns/error.hpp"
#include "relay/doctor/finding.hpp"

namespace kurir::doctor {

using addresses_result = dns::result<std::vector<boost::asio::ip::address>>;

// KURIR_HOSTNAME, which EHLO gives.
finding judge_hostname(const std::string& hostname, const addresses_result& addresses);

// An address from which mail is sent.
struct sender_address {
    boost::asio::ip::address address;
    std::string hello;  // the name that EHLO gives from there
};

// `names`: of its PTR records. `forward`: the addresses of each of these names.
finding judge_reverse(
    const sender_address& sender,
    const dns::result<std::vector<std::string>>& names,
    const std::map<std::string, addresses_result>& forward
);

}  // namespace kurir::doctor
