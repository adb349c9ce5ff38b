// How much a destination bears, learnt from how it answers: connections, a pace, or a rest.
//
// - **Connections.** Starts with two and grows by one for each delivery that succeeds, as long as
//   the destination has never asked for less; then by one for each round of deliveries. When it
//   asks for less (421, 4.7.x, a timeout, a lost connection) the number is cut to 70 %, never below
//   one. The number that was refused is remembered and tried again seldom: after fifty successes,
//   and after twice as many each time it is refused again. So a limit costs 2 % of the attempts or
//   less. When so many have gone well together for a while, the next higher number is tried.
// - **Pace.** Refusals that go on although there are fewer connections are about messages in a
//   time. Then it rests, from five seconds doubling to a minute, until a message succeeds. If the
//   rest was not enough, messages start from then on at nine tenths of the rate that went well in
//   the minute before the refusal. The pace grows by a thousandth with each success, and by
//   fiftieths after two hundred without a refusal. Refusals that last longer than any limit a
//   minute are an outage, and teach no pace. A pace does not make the number of connections that
//   was refused forgotten: seldom used, it would be met by chance and slow the pace down.
// - **Rest.** When no host can be reached at all, the destination is suspended; when the pause is
//   over a single probe decides. Pauses double with each failed probe (conformance C060).
// - **Rate.** What the operator configured, exactly.
//
// Attempts that were under way together and are refused together count as one refusal.
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "relay/config/rate.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/token_bucket.hpp"

namespace kurir::outbound {

class governor {
public:
    using time_point = net::clock::time_point;

    struct limits {
        std::size_t concurrency_max = 20;       // at least 1
        std::chrono::milliseconds pause_min{};  // after the first unreachable attempt
        std::chrono::milliseconds pause_max{};
        std::optional<config::rate> rate = {};
    };

    explicit governor(const limits& within);

    // How many connections there may be at `now`; 0 while suspended, 1 until a probe succeeds.
    std::size_t concurrency(time_point now) const noexcept;

    bool suspended(time_point now) const noexcept { return now < suspended_until_; }
    time_point suspended_until() const noexcept { return suspended_until_; }
    // The next probe may go now: somebody knows more than we do.
    void probe_now() noexcept { suspended_until_ = {}; }

    // When the next message may start (`now` or before: at once), and what asks for the pause.
    time_point not_before(time_point now) const;
    enum class hold : std::uint8_t { none, rate, backoff };
    hold why(time_point now) const;

    // A message was handed to a connection.
    void started(time_point now);

    // Each message that started ends in one of these four.
    // The server was content, whatever it said of the recipients.
    void succeeded(time_point now);
    // It asked for less: 421, 4.7.x, a timeout, a connection that was lost or refused while others
    // work.
    void throttled(time_point now);
    // No host of the destination could be reached.
    void unreachable(time_point now);
    // It says nothing of the destination.
    void withdrawn() noexcept;

private:
    void end_attempt() noexcept;
    double recent(time_point now) const;
    void grow();
    void grow_pace(time_point now);
    void cut_connections(std::size_t in_use);
    void rest(time_point now);

    limits limits_;
    std::optional<net::token_bucket> tokens_;

    double window_;
    double straight_until_;       // below this it grows with each success
    std::size_t refused_at_ = 0;  // connections that were too many; 0: none ever were
    unsigned patience_;           // successes before so many are tried again
    unsigned successes_ = 0;      // since the last cut
    std::size_t borne_ = 0;       // of these, while as many were under way as were refused once
    std::size_t under_way_ = 0;
    std::size_t peak_ = 0;  // most that were under way together lately
    std::size_t peak_ends_in_ = 0;
    std::size_t may_grow_ = 0;    // successes of a time when all connections were in use
    std::size_t same_round_ = 0;  // attempts of those that ran together with a refused one

    std::optional<double> pace_;  // messages a second
    time_point pace_at_{};        // when it was last set or grown
    time_point pace_since_{};
    unsigned paced_ = 0;                 // messages at this pace
    time_point next_start_{};            // by the pace
    time_point rest_until_{};            // after a refusal
    unsigned refusals_ = 0;              // in a row, that were about the pace
    time_point row_began_{};             // the first of these
    std::optional<double> pace_before_;  // the row
    double measured_ = 0;                // messages a second before the row
    std::optional<time_point> last_rest_;
    std::optional<time_point> last_refusal_;
    std::size_t last_in_use_ = 0;
    double lately_ = 0;  // successes, fading over a minute
    time_point lately_at_{};

    unsigned failures_ = 0;  // unreachable attempts in a row
    time_point suspended_until_{};
};

}  // namespace kurir::outbound
