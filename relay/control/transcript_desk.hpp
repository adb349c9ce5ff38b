// Transcripts of SMTP sessions, chosen for a while:
//
//   POST /api/v1/transcripts    {"client": PATTERN or "server": PATTERN, "for": "10m", "by": …}
//   GET /api/v1/transcripts     those that hold
//   DELETE /api/v1/transcripts  ends all
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "relay/admin/endpoints.hpp"

namespace kurir::control {

// Chosen for so long at most: a transcript has addresses, and takes room.
inline constexpr auto longest_transcript = std::chrono::hours(24);
inline constexpr std::size_t transcripts_max = 32;

std::vector<admin::endpoint> transcript_endpoints();

}  // namespace kurir::control
