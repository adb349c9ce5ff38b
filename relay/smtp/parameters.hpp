// The parameters of MAIL and RCPT: one row for each, with what it means for the transaction.
//
// Parameters that belong to extensions which are not offered (DSN, RFC 3461; AUTH, RFC 4954) are
// rows, too: clients that may relay use them even though they are not offered. They are checked and
// have no effect.
//
// That holds for NOTIFY=NEVER, too: while DSN is not offered, failures are reported whatever NOTIFY
// says, and successes and delays are not. RFC 3461 section 4 lets a client use the parameter only
// if DSN is offered, and RFC 5321 section 6.1 asks for a report from a server that has accepted the
// message. An unwanted report can be deleted; a refusal (555) would block all mail of a client that
// ignores the reply to EHLO. The parameters are not passed on to the next server.
#pragma once

#include <cstdint>
#include <string_view>

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

// With the strict grammar, parameters that are not offered are unknown. With both grammars,
// parameters that must not be ignored, such as REQUIRETLS, are unknown too.
parameter_check take_mail_parameter(
    const parameter& given, grammar rules, server_transaction& transaction
);
parameter_check take_rcpt_parameter(const parameter& given, grammar rules);

// RFC 3461 section 4: printable without spaces, not empty; "+" begins two hexadecimal digits.
bool is_xtext(std::string_view text) noexcept;
// The value of ORCPT: the type of an address, ";", and the address as xtext or UTF-8 (RFC 6533
// section 3), without spaces and control characters.
bool is_original_recipient(std::string_view text) noexcept;

}  // namespace kurir::smtp
