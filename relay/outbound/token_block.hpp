// The tokens that this relay has of a rate which all nodes of a shared queue keep together
// (queue/shared_rate.hpp): it draws a block of them, uses it, and draws the next one.
//
// - A block is used until its slice ends, by the clock of whoever asked, counted from before it
//   asked: so it ends no later than the queue's. That clock goes on while the process is stopped.
// - The first block is one token, each further one twice as large as the last, up to this node's
//   part of a slice: a relay that dies again and again right after it started wastes little.
// - Without the database it uses what it has. It asks again after 5 seconds, then less often.
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "queue/shared_rate.hpp"
#include "relay/config/rate.hpp"
#include "relay/net/clock.hpp"

namespace kurir::outbound {

class token_block {
public:
    using time_point = net::clock::time_point;

    // `whole`: of all nodes, over `queue::drawn_period_min` at least.
    explicit token_block(config::rate whole) : whole_(whole) {}

    // Nodes that share the rate, at least 1.
    void set_nodes(std::size_t nodes) noexcept { nodes_ = nodes; }

    bool has(time_point now) const noexcept { return left_ > 0 && now < until_; }
    // When a message may start: `now` with a token, the end of time while the answer to a request
    // decides, and otherwise when to ask again.
    time_point next(time_point now) const noexcept;
    // Uses one, if there is one.
    void spend() noexcept { left_ -= left_ > 0 ? 1 : 0; }

    // A request, without its name, if there is no token and it is time to ask. It is under way
    // until one of the two below is called.
    std::optional<queue::token_request> draw(time_point now);
    // `asked`: when it began.
    void drawn(const queue::token_grant& grant, time_point asked);
    void failed(time_point now);

    // Gives back what is left, if anything.
    std::optional<queue::token_request> give_back();

    // What operators see of it.
    std::uint64_t left(time_point now) const noexcept { return has(now) ? left_ : 0; }
    // Of the period, that nobody has drawn, when it last asked.
    std::optional<std::uint64_t> left_over() const noexcept { return left_over_; }

private:
    queue::token_request request() const;

    config::rate whole_;
    std::size_t nodes_ = 1;
    std::uint64_t size_ = 1;  // of the next block
    std::uint64_t left_ = 0;  // tokens of this one
    std::chrono::milliseconds slice_{};
    time_point until_{};
    bool asking_ = false;
    unsigned failures_ = 0;  // in a row
    time_point retry_at_ = time_point::min();
    std::optional<std::uint64_t> left_over_;
};

}  // namespace kurir::outbound
