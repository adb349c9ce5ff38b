// Gathers the failures of one message that come within a few seconds, so that its sender gets one
// report and not one for each domain.
//
// Nothing of a failure is stored meanwhile: a crash makes Kurir ask the servers that refused once
// more, and report then. What the same attempt delivered or deferred is stored before.
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "queue/message_id.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/aftermath.hpp"
#include "relay/outbound/settle.hpp"

namespace kurir::outbound {

// The failures of an attempt, and what was at stake for the process until they are stored.
struct failed_attempt {
    ended_attempt ended;  // all of these recipients failed
    std::shared_ptr<const void> stake = {};
};

class report_collector {
public:
    using time_point = net::clock::time_point;
    using report = std::vector<failed_attempt>;  // of one message, not empty

    // How long the first failure of a message waits for others.
    static constexpr std::chrono::seconds patience{3};
    // Messages that wait at a time; with one more, the oldest is reported.
    static constexpr std::size_t messages_max = 256;

    // Adds a failure. Returns what is to be reported at once: the message, if all of its recipients
    // have failed; the oldest one, if too many wait.
    std::optional<report> add(failed_attempt failure, time_point now);

    // Takes out what has waited long enough.
    std::vector<report> due(time_point now);
    // Takes out everything.
    std::vector<report> all();

    // When something is due next; nothing if nothing waits.
    std::optional<time_point> next() const;

private:
    struct waiting {
        report failures;
        std::size_t recipients = 0;  // that failed
        time_point due{};
    };
    using messages = std::map<queue::message_id, waiting>;

    report take(messages::iterator message);
    messages::iterator oldest();

    messages messages_;
};

}  // namespace kurir::outbound
