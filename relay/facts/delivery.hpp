// The facts about delivery, one type for each. A fact is reported when it is on disk.
//
// They refer to values of the attempt: an observer that keeps a fact copies what it needs.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "metrics/labels.hpp"
#include "queue/message.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::facts {

// How the connection to a remote server is protected.
struct remote_protection {
    std::string version = {};  // of TLS; empty: in clear
    std::string cipher = {};
    metrics::remote_certificate certificate = metrics::remote_certificate::missing;
    bool resumed = false;
    metrics::clear_reason in_clear = metrics::clear_reason::policy;  // if it is in clear
};

// An attempt, with the host that was asked last.
struct attempt {
    const queue::envelope& message;
    const queue::delivery& delivery;
    std::string_view route;  // its name; empty: the default route
    std::string_view host;   // empty: no host was reached
    std::string_view address;
    std::uint16_t port;
    bool reused;                                    // used a connection that was already open
    bool converted = false;                         // 8-bit content was sent as 7-bit
    const remote_protection* protection = nullptr;  // of the connection; null: none was open
};

// An attempt has ended. Reported before the results of its recipients.
struct attempted {
    const facts::attempt& attempt;
    std::size_t recipients;
    std::size_t delivered;
    std::size_t deferred;
    std::size_t failed;  // reported later if one bounce may include other failures
    std::chrono::duration<double> lasted;
};

// The result of an attempt for one recipient.
struct recipient_result {
    const facts::attempt& attempt;
    std::string_view recipient;
    std::uint32_t attempts;  // so far, with this one
    metrics::delivery_stage stage;
    metrics::delivery_cause cause;
    smtp::enhanced_status status;
    std::string_view response;
    bool ambiguous;                        // the message may arrive twice
    std::chrono::duration<double> age;     // of the message
    std::chrono::duration<double> lasted;  // the attempt
};

struct delivered : recipient_result {};

// A rule of the operator ends mail that was accepted: nobody gets it, and nobody is told.
struct discarded : recipient_result {};

struct deferred : recipient_result {
    std::chrono::duration<double> pause;  // until the next attempt
};

struct failure : recipient_result {
    metrics::bounce_reason reason;
    bool expired;  // it was deferred until its lifetime was over
};

// The sender is informed, by a DSN that is in the queue now.
struct bounced : failure {
    const queue::envelope& dsn;
    std::string_view shortened;  // why it returns less of the message than it should; empty: no
};

// Nobody is informed: the message has the null reverse-path, or the recipient got a blind copy.
struct undeliverable : failure {
    bool copy;
};

// A DSN of our own has entered the queue.
struct dsn_queued {
    const queue::envelope& dsn;
    queue::priority priority;
};

// A message of the null reverse-path failed, for one recipient or several.
struct dsn_undeliverable {
    const queue::envelope& message;
    std::string_view detail;
};

// An attempt has ended, but another owner of the queue has taken its delivery over: its results are
// not written and not reported in any other way.
struct claim_lost {
    const facts::attempt& attempt;
    std::size_t recipients;
    std::size_t delivered;
};

}  // namespace kurir::facts
