// What the end of an attempt tells of the destination, and of whose mail.
//
// The narrowest reading of a reply that its words and stage allow: what is said of one mailbox, or
// by greylisting, concerns that recipient; what is said before the first message concerns the
// connection. Everything else may concern anybody, and the governor finds out whom.
//
// Pure.
#pragma once

#include <optional>
#include <vector>

#include "relay/outbound/aftermath.hpp"
#include "relay/outbound/orders.hpp"

namespace kurir::outbound {

// `said` of each recipient. `reached`: some host took part in a transaction; if not, `trouble` is
// why.
report evidence_of(
    const std::vector<recipient_verdict>& said, bool reached, const std::optional<verdict>& trouble
);

}  // namespace kurir::outbound
