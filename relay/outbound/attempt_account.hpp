// The facts of attempts whose end was written: told once that is durable.
#pragma once

#include <cstddef>
#include <vector>

#include "relay/facts/observer.hpp"
#include "relay/outbound/settle.hpp"

namespace kurir::outbound {

// One attempt whose end was written.
struct ending {
    const queue::envelope& mail;
    const queue::delivery& attempted;
    const attempt_record& record;
    const std::vector<recipient_fate>& fates;  // of this attempt
    const aftermath& after;                    // of all that are settled together
};

// `later`: recipients that failed and are settled later.
void tell(const facts::observers& observers, const ending& end, std::size_t later = 0);

// The report to the sender, or that there can be none: once for all that are settled together.
void tell_report(
    const facts::observers& observers, const queue::envelope& mail, const aftermath& after
);

// Another owner tries the delivery as well, or has done so: what we know of it is not written, and
// must not be told as though it were.
void tell_lost(const facts::observers& observers, const ending& lost);

}  // namespace kurir::outbound
