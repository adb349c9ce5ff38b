// The name that a client gives itself in HELO or EHLO. Strangers must give a domain name or an
// address literal; others may have the names of people, printers and Windows hosts.
#pragma once

#include <string>
#include <string_view>

namespace kurir::smtp {

// `given` with its control characters replaced, cut to 255 bytes.
std::string hello_name(std::string_view given);

// The text for a client after "Received: from" (RFC 5321 section 4.4): its name and its address,
// or, if the name is not a domain, its address with the name in a comment. `client` is an address
// literal.
std::string received_from(std::string_view hello, std::string_view client);

}  // namespace kurir::smtp
