// What an operator wants done with mail that waits, and what the queue stores for it.
//
// Pure. An order is the end of an attempt that was not made: one settlement, so that it is as
// durable and atomic as any other. Deliveries that are being tried are left alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "queue/backlog.hpp"
#include "queue/message.hpp"
#include "queue/store.hpp"
#include "relay/outbound/aftermath.hpp"
#include "relay/outbound/verdict.hpp"

namespace kurir::outbound {

enum class order_action : std::uint8_t {
    retry,    // try it now; not durable: a restart uses the time that it had
    hold,     // keep it, and don't try it
    release,  // end a hold, and try it now (`keeps_due`: when it is due)
    remove,   // drop it; nobody is told
    bounce,   // return it to the sender
    reroute,  // send it by another route, now
};

struct operator_order {
    order_action action = order_action::retry;
    std::string operator_name;
    std::string reason = {};
    std::string text = {};   // of a bounce: what its sender reads
    std::string route = {};  // of a reroute; empty: the default route
    bool keeps_due = false;  // of a release: it waits as long as it would have
    queue::time_point given{};
    queue::calendar_time since{};  // the same, for people
};

// A delivery, as the operator saw it, and which of its recipients are meant.
struct order_part {
    queue::backlog::slot item = 0;
    queue::message_id id;
    std::vector<std::uint32_t> recipients = {};  // ascending; empty: all
};

struct order_outcome {
    std::size_t deliveries = 0;  // on which it was carried out
    std::size_t recipients = 0;  // of these
    std::size_t busy = 0;        // being tried, or just gone
    bool closed = false;         // the store was closed before all were done
};

// Whether the order changes anything for a delivery. What came after the order was given is not
// meant: a bounce that it caused, for example.
bool concerns(const operator_order& order, const queue::delivery& waiting);

// What is stored for every order but `retry` and `bounce`. `meant`: recipients of `waiting`, not
// empty. `message` has the states of recipients that were tried.
queue::settlement settlement_of(
    const operator_order& order,
    const queue::delivery& waiting,
    const std::vector<std::uint32_t>& meant,
    const queue::stored_message& message,
    queue::time_point now
);

// The verdicts of a bounce: those that are meant fail, the others come again at once.
std::vector<recipient_verdict> bounce_verdicts(
    const operator_order& order,
    const queue::delivery& waiting,
    const std::vector<std::uint32_t>& meant
);

}  // namespace kurir::outbound
