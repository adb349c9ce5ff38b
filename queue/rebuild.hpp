// Replaces a schedule entry that can't be read by new ones, made from the other records of the
// message.
//
// Pure.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "queue/message.hpp"

namespace kurir::queue {

// Deliveries that are due at `now`, one per domain, for each recipient that is neither finished nor
// in another entry (`elsewhere`). Nothing for a recipient whose domain is not plain ASCII: its
// deliveries may name the domain in a way that is not known here.
std::vector<delivery> rebuilt_entries(
    const envelope& mail,
    const std::vector<recipient_state>& tried,
    const std::set<std::uint32_t>& elsewhere,
    time_point now
);

}  // namespace kurir::queue
