// The addresses of a From or Sender field (RFC 5322 section 3.4) that lack a full domain, as cron
// and containers write them: "root", "www-data@3f2a1b4c5d6e". Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::message {

// `begin` to `end` of the value becomes `text`.
struct address_change {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
};

// The changes that complete the addresses in `value`, which may be folded. None if it is not a list
// of addresses by RFC 5322, and none for an address that can't be distinguished from a name.
std::vector<address_change> completed_addresses(
    std::string_view value, std::string_view local_domain
);

}  // namespace kurir::message
