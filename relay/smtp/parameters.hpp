// Parameters of MAIL and RCPT that belong to extensions which are not offered (DSN, RFC 3461; AUTH,
// RFC 4954). Clients that may relay use them unasked: they are checked and have no effect.
#pragma once

#include <cstdint>

#include "relay/smtp/command.hpp"

namespace kurir::smtp {

enum class parameter_check : std::uint8_t { ignored, bad_value, unknown };

// Those whose meaning nobody may leave out, such as REQUIRETLS, are unknown.
parameter_check check_unoffered_mail_parameter(const parameter& given);
parameter_check check_unoffered_rcpt_parameter(const parameter& given);

}  // namespace kurir::smtp
