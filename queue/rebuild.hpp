// Entries of the schedule in place of one that can't be read, from what else is known of the
// message.
//
// Pure.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "queue/message.hpp"

namespace kurir::queue {

// Deliveries that are due at `now`: of each recipient that is neither finished nor in another
// entry (`elsewhere`), together with those of the same domain. Nothing for a recipient whose domain
// is not plain ASCII: how its deliveries name it can't be told here.
std::vector<delivery> rebuilt_entries(
    const envelope& mail,
    const std::vector<recipient_state>& tried,
    const std::set<std::uint32_t>& elsewhere,
    time_point now
);

}  // namespace kurir::queue
