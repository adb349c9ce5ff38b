// The terms of delivery beside the destination: the route, the credential, what the sender demands,
// an operator's hold.
//
// Most messages have none of these, and many have the same, so a delivery refers to them by `rare`.
// They are stored with the envelope, as they were when the message was accepted, and with each
// entry of the schedule, as they are now.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>

namespace kurir::queue {

// A time of the wall clock, unlike the times of the queue's own clock. Senders' deadlines refer to
// the wall clock, which also runs while the relay is down.
using calendar_time = std::chrono::sys_time<std::chrono::milliseconds>;

// Maximum lengths. The code that sets a value enforces them, and a record that exceeds one counts
// as damaged.
namespace longest {
inline constexpr std::size_t name = 255;       // of a route, credential, listener, operator
inline constexpr std::size_t reason = 512;     // of a hold
inline constexpr std::size_t unknown = 65536;  // all unknown items of one record
}  // namespace longest

// DELIVERBY (RFC 2852).
struct delivery_deadline {
    calendar_time at{};
    bool bounces = true;  // by-mode R: bounce it then; N: tell the sender, and keep trying
    bool traced = false;  // the by-trace T
    auto operator<=>(const delivery_deadline&) const = default;
};

// An operator's order to keep a message in the queue without trying it.
struct operator_hold {
    calendar_time since{};
    std::string operator_name;
    std::string reason;
    auto operator<=>(const operator_hold&) const = default;
};

struct delivery_terms {
    std::string route = {};       // name of the route that the intake decided on; empty: none
    std::string credential = {};  // of the client; empty: none
    bool require_tls = false;     // REQUIRETLS (RFC 8689)
    std::optional<calendar_time> release_at = {};  // FUTURERELEASE (RFC 4865): not tried before
    std::optional<delivery_deadline> deadline = {};
    std::optional<operator_hold> hold = {};
    std::string unknown_items = {};  // of a later version, as they were stored: kept
    auto operator<=>(const delivery_terms&) const = default;
};

}  // namespace kurir::queue
