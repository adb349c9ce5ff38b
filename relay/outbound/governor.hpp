// How many connections a destination may have, and when it is left alone.
//
// The limit grows by one connection for each `limit` deliveries that succeed, up to a maximum, and
// is halved when the destination asks for less (421, a refused connection). When no host can be
// reached at all, the destination is suspended: its mail is deferred without a try until the pause
// is over, and then a single probe decides. Pauses double with each failed probe. So a dead
// destination costs one probe for each pause, not one timeout for each message (conformance C060).
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "relay/net/clock.hpp"

namespace kurir::outbound {

class governor {
public:
    struct limits {
        std::size_t concurrency_max = 20;       // at least 1
        std::chrono::milliseconds pause_min{};  // after the first unreachable attempt
        std::chrono::milliseconds pause_max{};
    };

    explicit governor(limits limits);

    // How many connections there may be at `now`; 0 while suspended.
    std::size_t concurrency(net::clock::time_point now) const noexcept;

    bool suspended(net::clock::time_point now) const noexcept { return now < suspended_until_; }
    net::clock::time_point suspended_until() const noexcept { return suspended_until_; }

    // When the next message may start, and what asks for the pause until then.
    enum class hold : std::uint8_t { none, rate, backoff };
    net::clock::time_point not_before(net::clock::time_point now) const noexcept { return now; }
    hold why(net::clock::time_point) const noexcept { return hold::none; }

    // A message was handed to a connection.
    void started(net::clock::time_point) noexcept {}

    // A transaction ended and the server was content, whatever it said of the recipients.
    void succeeded(net::clock::time_point now) noexcept;

    // The destination asked for less: 421, a lost or refused connection while others work.
    void throttled(net::clock::time_point now) noexcept;

    // No host of the destination could be reached.
    void unreachable(net::clock::time_point now) noexcept;

private:
    limits limits_;
    std::size_t limit_;
    std::size_t successes_ = 0;  // since the limit last changed
    unsigned failures_ = 0;      // unreachable attempts in a row
    net::clock::time_point suspended_until_{};
};

}  // namespace kurir::outbound
