// Greylisting: a server defers mail from a sender it does not know yet (decision 25).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "relay/smtp/reply.hpp"

namespace kurir::outbound {

// True for 450 or 451 with 4.7.0, with 4.7.1, or with a text that says so.
bool is_greylisting(const smtp::reply& said);

// When to come back, if the text says so: "in 300 seconds", "5 minutes", "00:04:37". At most 30
// minutes.
std::optional<std::chrono::milliseconds> greylisting_hint(std::string_view text);

}  // namespace kurir::outbound
