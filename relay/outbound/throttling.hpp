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

// 421, which RFC 5321 section 3.8 has for a service that can't go on now; 4.7.x, where large
// providers put what they say of our reputation and our rate, unless it is `greylisting`, which
// concerns one sender and recipient; and any other temporary reply whose words say so. Not what is
// said of one mailbox (4.1.x, 4.2.x): another recipient of the same server may be served.
//
// `said` must be 4yz, or a 5yz that defers.
bool asks_for_less(const smtp::reply& said, bool greylisting);

}  // namespace kurir::outbound
