// The changes of a submission service to the header of a message (RFC 6409 section 8): removes
// fields that are not for the recipients, replaces values that servers would refuse. Pure.
//
// Priority: the last X-Kurir-Priority field with a known value decides (urgent, normal, bulk, in
// any case). All such fields are removed, also folded ones and those with unknown values; in the
// body and in attached messages they stay. X-Kurir-Route and X-Kurir-Idempotency-Key are treated
// likewise; the last one counts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/message.hpp"
#include "relay/message/header_scan.hpp"

namespace kurir::message {

struct header_policy {
    bool fixup = true;              // mend Date, Message-ID, From and Sender
    std::string local_domain;       // completes addresses of From and Sender, if not empty
    std::vector<std::string> kept;  // in lower case: names of fields that are not removed
};

// `begin` to `end` of the message becomes `text`.
struct header_change {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
};

struct header_plan {
    std::vector<header_change> changes;  // in their order, not overlapping
    bool date = false;                   // there is one that stays
    std::string message_id;              // the first that stays, bounded; empty: there is none
    std::optional<queue::priority> priority;
    std::string unknown_priority;  // the last value that is not a class
    std::string route_tag;         // X-Kurir-Route; bounded; empty: there is none
    // X-Kurir-Idempotency-Key; empty: there is none. It may be longer than a key may be, and is
    // bounded.
    std::string idempotency_key;
};

// `message` begins with the header section that `facts` are of.
header_plan plan_header(
    std::string_view message, const header_facts& facts, const header_policy& policy
);

// The header section with the changes made.
std::string changed_header(
    std::string_view message, const header_facts& facts, const std::vector<header_change>& changes
);

// What is to stand behind `header`, a whole section with or without its end, so that a blank line
// ends it (RFC 5322 section 2.1): a field may be added, a body is not taken for header, and
// verifiers of signatures find where it begins.
std::string_view missing_end(std::string_view header);

}  // namespace kurir::message
