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

// `pattern` is an address as in an envelope, `*@domain` for every address in a domain, or empty for
// the null reverse-path. Domains are compared without regard to case (ASCII), local parts exactly.
bool fits_pattern(std::string_view pattern, std::string_view address);

// Every criterion that is set must match; a selection without criteria matches everything.
struct selection {
    std::optional<std::string> reverse_path = {};  // a pattern
    std::optional<std::string> recipient = {};     // a pattern
    std::optional<std::string> destination = {};   // a domain as in deliveries: lower case, A-label
    std::optional<time_point> received_from = {};
    std::optional<time_point> received_before = {};
    std::optional<message_id> id = {};
    bool operator==(const selection&) const = default;

    // Checks the criteria that a schedule entry alone can answer.
    bool fits(const delivery& entry) const;

    // True if the envelope must also be checked, to find out whether any recipient matches.
    bool needs_envelope() const { return reverse_path || recipient; }
    bool fits(const envelope& mail) const;

    // The recipients of `entry` that match, if `entry` and its message's envelope `mail` match.
    std::vector<std::uint32_t> chosen(const delivery& entry, const envelope& mail) const;

    // True if all recipients of a matching message match.
    bool takes_whole_messages() const { return !recipient && !destination; }

    // For logs: "sender *@example.org, received before 2027-01-15T08:00:00Z".
    std::string text() const;
};

}  // namespace kurir::queue
