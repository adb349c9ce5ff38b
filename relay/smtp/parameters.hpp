// Parameters of MAIL and RCPT that belong to extensions which are not offered (DSN, RFC 3461; AUTH,
// RFC 4954). Clients that may relay use them unasked: they are checked and have no effect.
//
// That holds for NOTIFY=NEVER, too: as long as DSN is not offered, a failure is reported whatever
// NOTIFY says, and neither a success nor a delay is. RFC 3461 section 4 lets a client use the
// parameter only where DSN is offered, and RFC 5321 section 6.1 asks for a report from a server
// that has accepted the message. A report too many can be deleted; a refusal (555) would keep the
// mail of a client that does not look at EHLO from being sent at all. Nothing of it goes to the
// next server, which the client did not ask.
#pragma once

#include <cstdint>

#include "relay/smtp/command.hpp"

namespace kurir::smtp {

enum class parameter_check : std::uint8_t { ignored, bad_value, unknown };

// Those whose meaning nobody may leave out, such as REQUIRETLS, are unknown.
parameter_check check_unoffered_mail_parameter(const parameter& given);
parameter_check check_unoffered_rcpt_parameter(const parameter& given);

}  // namespace kurir::smtp
