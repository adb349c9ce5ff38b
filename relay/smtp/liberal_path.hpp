// Paths as clients that may relay write them: people with telnet, cron, printers, controllers.
//
// Taken beside what the standard allows: no angle brackets, white space around the address, a
// display name before it, dots anywhere in the local-part, local-parts of several words of which
// some are quoted, underscores and edge hyphens in the domain, its final dot, a missing domain,
// IPv6 literals without their tag, UTF-8. What comes out is valid: quoted where it must be, the
// domain in its one spelling. A domain that is missing or not full is left to the caller, as empty
// or as it is: see local_domain.hpp.
//
// Addresses that may mean two things, such as "a@b@c", are refused: a guess sends mail astray.
#pragma once

#include <string_view>

#include "relay/smtp/address.hpp"

namespace kurir::smtp {

// Reads the path at the start of `text`. What follows it is the caller's.
parsed<path> parse_liberal_reverse_path(std::string_view text);
parsed<path> parse_liberal_forward_path(std::string_view text);

}  // namespace kurir::smtp
