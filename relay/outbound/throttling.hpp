// Replies by which a server asks for less in words that are known (C024). They are a hint only: the
// governor believes a server that asks in other words too, and none that goes on as before.
#pragma once

#include <string_view>

#include "relay/smtp/reply.hpp"

namespace kurir::outbound {

struct verdict;

// The words are about how much is sent, and so not about one sender, recipient or message.
bool is_about_amount(std::string_view text);

// It refused the connection, in words that say that there are too many.
bool asks_for_fewer_connections(const verdict& said);

// True for 421, which RFC 5321 section 3.8 defines for a service that can't continue now; for
// 4.7.x, which large providers use for our reputation and our rate, unless it is `greylisting`,
// which concerns one sender and recipient; and for any other temporary reply whose words say so.
// False for replies about one mailbox (4.1.x, 4.2.x): the server may accept another recipient.
//
// `said` must be 4yz, or a 5yz that defers.
bool asks_for_less(const smtp::reply& said, bool greylisting);

}  // namespace kurir::outbound
