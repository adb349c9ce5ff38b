// The parameters of MAIL and RCPT: one row for each, with what it means for the transaction.
//
// Parameters that belong to extensions which are not offered (DSN, RFC 3461; AUTH, RFC 4954) are
// rows, too: clients that may relay use them unasked. They are checked and have no effect.
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
#include "relay/smtp/server_transaction.hpp"

namespace kurir::smtp {

enum class parameter_check : std::uint8_t {
    taken,
    ignored,  // well-formed, of an extension that is not offered
    bad_value,
    binary,  // BODY=BINARYMIME (RFC 3030), which is not offered
    unknown,
};

// With the strict grammar, what is not offered is unknown. So are, with any, parameters whose
// meaning nobody may leave out, such as REQUIRETLS.
parameter_check take_mail_parameter(
    const parameter& given, grammar rules, server_transaction& transaction
);
parameter_check take_rcpt_parameter(const parameter& given, grammar rules);

}  // namespace kurir::smtp
