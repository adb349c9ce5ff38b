// What a reply means for a recipient: delivered, deferred or failed.
//
// 2yz delivers, 4yz defers and 5yz fails (RFC 5321 section 4.2.1), but for what some replies say of
// others than the recipient:
//
// - In the greeting and to EHLO a host refuses us. Another host or another time may do, so it
//   defers (C002, C042), unless the host says that it never takes mail (521 or 556, RFC 7504).
// - 530, 534, 535 and 538 say that credentials or TLS are missing, which is our configuration and
//   defers: before MAIL is accepted, with X.7.x, or in words. Elsewhere servers use these numbers
//   for other things ("534 Message header size exceeds policy limit"), which fail.
// - What is said to a login is of our credential and defers (login_verdict.hpp).
// - 552 to RCPT meant "too many recipients" in RFC 821 and defers (RFC 5321 4.5.3.1.10), unless it
//   says something else: a full mailbox (X.2.2), a message that is too large.
// - 5.2.2 fails or waits, as KURIR_MAILBOX_FULL says.
#pragma once

#include "relay/outbound/attempt_outcome.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::outbound {

outcome meaning_of(stage stage, const smtp::reply& said, full_mailbox when_full);

// A refusal in the greeting that all hosts of a provider share: X.7.x, which is about us and not
// about this host.
bool is_word_of_provider(stage stage, const smtp::reply& said);

}  // namespace kurir::outbound
