// Recognizes replies which say that a transaction has too many recipients.
#pragma once

#include "relay/smtp/reply.hpp"

namespace kurir::smtp {

// X.5.3 with any code and in any class, or words such as "too many recipients". Not a rate limit
// (X.7.x) nor a full mailbox (X.2.2).
bool names_too_many_recipients(const reply& said);

// The same for a reply to RCPT, where 452 and 552 mean it too if they say nothing else (RFC 5321
// section 4.5.3.1.10).
bool says_too_many_recipients(const reply& said);

}  // namespace kurir::smtp
