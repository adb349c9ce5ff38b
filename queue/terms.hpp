// What binds the delivery of a message beside its destination: the route, the credential, what the
// sender demands, an operator's hold.
//
// Most messages have none of it, and many have the same; so a delivery refers to it by `rare`. It
// is stored with the envelope, as the message was accepted, and with each entry of the schedule, as
// it is now.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>

namespace kurir::queue {

// A time of the wall clock, unlike the times that the queue's own clock gives: what a sender
// demands is meant so, and goes on while the relay is down.
using calendar_time = std::chrono::sys_time<std::chrono::milliseconds>;

// No longer than this: whoever fills in a value sees to it, and a record with more is damaged.
namespace longest {
inline constexpr std::size_t name = 255;       // of a route, credential, listener, operator
inline constexpr std::size_t reason = 512;     // of a hold
inline constexpr std::size_t unknown = 65536;  // all items of one record that nobody knows
}  // namespace longest

// DELIVERBY (RFC 2852).
struct delivery_deadline {
    calendar_time at{};
    bool bounces = true;  // by-mode R: it is returned then. N: its sender is told, it is tried on
    bool traced = false;  // the by-trace T
    auto operator<=>(const delivery_deadline&) const = default;
};

// An operator's order to leave it in the queue.
struct operator_hold {
    calendar_time since{};
    std::string by;  // the operator
    std::string reason;
    auto operator<=>(const operator_hold&) const = default;
};

struct delivery_terms {
    std::string route = {};       // its name, as decided at the intake; empty: none was
    std::string credential = {};  // of the client; empty: it had none
    bool require_tls = false;     // REQUIRETLS (RFC 8689)
    std::optional<calendar_time> release_at = {};  // FUTURERELEASE (RFC 4865): not tried before
    std::optional<delivery_deadline> deadline = {};
    std::optional<operator_hold> hold = {};
    std::string unknown_items = {};  // of a later version, as they were stored: kept
    auto operator<=>(const delivery_terms&) const = default;
};

}  // namespace kurir::queue
