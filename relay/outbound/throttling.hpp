// Replies by which a server asks for less in words that are known (C024). They are a hint only: the
// governor believes a server that asks in other words too, and none that goes on as before.
#pragma once

#include <string_view>

namespace kurir::outbound {

// The words are about how much is sent, and so not about one sender, recipient or message.
bool is_about_amount(std::string_view text);

// The words say that there are too many connections.
bool is_about_connections(std::string_view text);

}  // namespace kurir::outbound
