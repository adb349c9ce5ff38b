// Whether a domain permits an address to send its mail: check_host() of RFC 7208 section 4, as a
// machine over the answers of the DNS.
//
// It does no I/O. Whoever drives it answers its questions, until there is an outcome:
//
//   answers known;
//   for (;;) {
//       auto step = check_host(query, known);
//       if (const auto* end = std::get_if<outcome>(&step)) return *end;
//       const auto& asked = std::get<question>(step);
//       known.emplace(asked, ...the DNS's answer to it...);
//   }
//
// Each call begins anew, with what is known by then. The limits of section 4.6.4 bound the
// questions: ten terms that ask, ten names of each, two answers without a record.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "dns/record.hpp"

namespace kurir::spf {

struct query {
    boost::asio::ip::address client;  // the address that connects
    std::string domain;               // whose record is looked up; lower case, A-labels
    std::string sender;               // local-part@domain
    std::string hello = {};           // the name in EHLO
};

enum class verdict : std::uint8_t { none, neutral, pass, fail, softfail, temperror, permerror };

struct question {
    std::string name;
    dns::record_type type = dns::record_type::txt;
    auto operator<=>(const question&) const = default;
};

using answers = std::map<question, dns::result<dns::answer>>;

struct outcome {
    verdict result = verdict::none;
    std::string reason = {};   // the mechanism that matched; of an error the end of a sentence that
                               // begins with the domain
    unsigned int lookups = 0;  // terms that asked the DNS
};

inline constexpr unsigned int lookups_max = 10;
inline constexpr unsigned int void_lookups_max = 2;

std::variant<question, outcome> check_host(const query& query, const answers& known);

std::string_view text_of(verdict result) noexcept;

}  // namespace kurir::spf
