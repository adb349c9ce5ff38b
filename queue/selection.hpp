// Which deliveries of the queue an operator means: by sender, recipient, destination, age or id.
//
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/message.hpp"

namespace kurir::queue {

// An address as it stands in an envelope, `*@domain` for every address there, or nothing for the
// null reverse-path. Domains compare without regard to case (ASCII), local parts exactly.
bool fits_pattern(std::string_view pattern, std::string_view address);

// All that is named must fit; a selection that names nothing is everything.
struct selection {
    std::optional<std::string> reverse_path = {};  // a pattern
    std::optional<std::string> recipient = {};     // a pattern
    std::optional<std::string> destination = {};   // a domain as deliveries have it: lower, A-label
    std::optional<time_point> received_from = {};
    std::optional<time_point> received_before = {};
    std::optional<message_id> id = {};
    bool operator==(const selection&) const = default;

    // What can be told from an entry of the schedule alone.
    bool fits(const delivery& entry) const;

    // True if the envelope must be asked besides, and its answer: whether any recipient is meant.
    bool needs_envelope() const { return reverse_path || recipient; }
    bool fits(const envelope& mail) const;

    // Which recipients of `entry` are meant, if that fits and `mail`, its message's envelope.
    std::vector<std::uint32_t> chosen(const delivery& entry, const envelope& mail) const;

    // True if a message that fits is meant with all its recipients.
    bool takes_whole_messages() const { return !recipient && !destination; }

    // For logs: "sender *@example.org, received before 2027-01-15T08:00:00Z".
    std::string text() const;
};

}  // namespace kurir::queue
