// What becomes here of a message that was offered to another relay. Pure.
#pragma once

#include <cstdint>

#include "relay/app/message_handover.hpp"

namespace kurir::app {

struct handover_verdict {
    enum class end_of : std::uint8_t {
        removed,   // the other relay has it, durably
        released,  // the other relay has not got it: it goes on here, as if it had not been marked
        marked,    // the other relay may have it: it is offered again
    };
    end_of end = end_of::marked;
    bool stops = false;  // the other relay takes nothing now
    bool operator==(const handover_verdict&) const = default;
};

// `in_doubt`: the other relay may have had it before it was offered this time, because an earlier
// hand-over was cut.
handover_verdict verdict_on(const handover_outcome& outcome, bool in_doubt);

}  // namespace kurir::app
