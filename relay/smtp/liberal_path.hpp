// Reads paths in the forms that clients which may relay use: people with telnet, cron, printers,
// controllers.
//
// Accepted in addition to the standard: no angle brackets, white space around the address, a
// display name before it, dots anywhere in the local-part, local-parts of several words of which
// some are quoted, underscores and edge hyphens in the domain, its final dot, a missing domain,
// IPv6 literals without their tag, UTF-8. The result is valid: quoted where necessary, the domain
// in canonical form. The caller handles a domain that is missing (then it is empty) or not full:
// see local_domain.hpp.
//
// Addresses that may mean two things, such as "a@b@c", are refused: a wrong guess would send mail
// to somebody else.
#pragma once

#include <string_view>

#include "relay/smtp/address.hpp"

namespace kurir::smtp {

// Reads the path at the start of `text`. The rest belongs to the caller.
parsed<path> parse_liberal_reverse_path(std::string_view text);
parsed<path> parse_liberal_forward_path(std::string_view text);

}  // namespace kurir::smtp
