// What the queue stores after an attempt: finished recipients, retries and their times, and the
// bounce.
//
// Pure: the caller supplies verdicts, time, ids and the random draw. A recipient ends in exactly
// one way (Q019), and the bounce is part of the write that removes it (Q020).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/message.hpp"
#include "queue/store.hpp"
#include "relay/config/config.hpp"
#include "relay/outbound/verdict.hpp"

namespace kurir::outbound {

struct recipient_verdict {
    std::uint32_t recipient = 0;  // position in envelope::recipients
    outbound::verdict verdict;
    // The attempt ended early, so that others are settled at once: it comes again at once, and the
    // attempt does not count.
    bool untried = false;
};

// The outcome for one recipient after the attempt, for log and metrics.
struct recipient_fate {
    std::uint32_t recipient = 0;
    outbound::verdict verdict;
    bool untried = false;  // it comes again at once
    bool expired = false;  // its lifetime was over, so the deferral became a failure
    bool copy = false;     // a blind copy: the sender is told nothing of it
    std::uint32_t attempts = 0;
    std::optional<queue::time_point> next_attempt;  // of a deferred recipient
};

struct aftermath {
    queue::settlement settlement;
    std::vector<recipient_fate> fates;
    bool bounced = false;             // the settlement carries a bounce
    std::string_view shortened = {};  // why it returns less of the message than it should
    bool undeliverable = false;       // recipients failed and nobody can be told: null reverse-path
};

struct attempt_end {
    const queue::stored_message& message;
    const queue::delivery& attempted;
    const std::vector<recipient_verdict>& verdicts;  // one for each recipient of `attempted`
    queue::time_point now;
    std::chrono::milliseconds calendar_ahead{};  // of it, for what people read
    double draw = 0.5;                           // in [0, 1): jitter of the retries
    queue::message_id bounce_id;                 // used if there is a bounce
};

// How each recipient stands.
std::vector<recipient_fate> fates_of(const config::config& config, const attempt_end& end);

// What is to be stored of a message: the ends of attempts that are settled together.
struct ended_attempts {
    const queue::stored_message& message;
    std::vector<queue::delivery> attempted;  // not empty
    std::vector<recipient_fate> fates;       // of each of their recipients once
    queue::time_point now;
    std::chrono::milliseconds calendar_ahead{};  // of it, for what people read
    queue::message_id bounce_id;                 // used if there is a bounce
};

aftermath conclude(const config::config& config, ended_attempts ended);
aftermath conclude(const config::config& config, const attempt_end& end);

// Failures that are reported later, together with others of their message.
struct gathered_failures {
    queue::delivery attempted;          // of these recipients
    std::vector<recipient_fate> fates;  // of each of them
};

// What is stored of an attempt at once, and what is gathered: its failures, if other recipients of
// the message may fail in a moment, for the sender is better served by one report. A delivery never
// waits for that.
struct division {
    std::optional<aftermath> at_once;
    std::optional<gathered_failures> later = {};
};
division divide(const config::config& config, const attempt_end& end);

}  // namespace kurir::outbound
