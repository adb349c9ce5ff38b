// Points in time as lists of suppressed addresses have them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/suppression/entry.hpp"

namespace kurir::suppression {

// "2026-11-27", "2026-11-27T01:02:03Z", "2026-11-27 01:02:03.45+02:00" (RFC 3339; without a zone it
// is UTC), "Fri, 27 Nov 2026 01:02:03 GMT" (RFC 5322), or seconds or milliseconds since 1970. A day
// is its beginning. None if it is nothing of these, or not between 1970 and 2106.
std::optional<seconds_time> read_time(std::string_view text);

// "2026-11-27T01:02:03Z".
std::string time_text(seconds_time time);

}  // namespace kurir::suppression
