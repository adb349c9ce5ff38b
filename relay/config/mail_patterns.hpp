// Patterns of mail addresses in rules, and what they match. Pure; texts are in lower case.
//
//   *               every address, and the null reverse-path
//   <>              the null reverse-path alone
//   @example.com    the addresses of this domain
//   *.example.com   those of the domains below it
//   me@example.com  this address
#pragma once

#include <string_view>

namespace kurir::config {

// `pattern`: a domain, "*.domain" or "*".
bool domain_matches(std::string_view pattern, std::string_view domain) noexcept;

// `sender`: an address, a domain alone, or empty for the null reverse-path.
bool sender_matches(std::string_view pattern, std::string_view sender) noexcept;

}  // namespace kurir::config
