// Whether receivers believe mail of a domain that we send: SPF, DKIM and DMARC together. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/doctor/finding.hpp"
#include "relay/spf/check_host.hpp"

namespace kurir::doctor {

// `end`: of the evaluation for the address.
finding judge_spf(
    const std::string& domain, const boost::asio::ip::address& address, const spf::outcome& end
);

enum class dmarc_policy : std::uint8_t { none, quarantine, reject };

struct dmarc_record {
    dmarc_policy policy = dmarc_policy::none;      // p=
    dmarc_policy subdomains = dmarc_policy::none;  // sp=, or p=
    bool strict_dkim = false;                      // adkim=s
};

// Whether a TXT record is one of DMARC.
bool is_dmarc(std::string_view text) noexcept;

// RFC 7489 section 6.3. The error is the end of a sentence about the record.
base::result<dmarc_record, std::string> parse_dmarc(std::string_view text);

// The names at which the record of a domain may be, the nearest first: the domain, then those above
// it that have two labels at least, at most eight (the tree walk of RFC 9989 section 4.10).
std::vector<std::string> dmarc_domains(std::string_view domain);

// What is known of the mail of a domain.
struct sender_facts {
    std::string domain;                // in From, and of the reverse-path
    std::vector<std::string> records;  // of DMARC, where the nearest are
    std::string record_domain;         // whose they are; empty: there are none
    std::string signing_domain = {};   // d= of our signatures; empty: we sign none of its mail
    bool signatures_good = false;      // the DNS publishes those keys
    bool permitted = false;            // SPF permits our addresses
    bool by_relayhost = false;         // its mail goes through a relayhost
};

finding judge_dmarc(const sender_facts& facts);

}  // namespace kurir::doctor
