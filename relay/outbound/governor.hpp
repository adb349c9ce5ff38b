// How much a destination takes, learnt from how it answers: connections, a pace, or a rest, for all
// of its mail or for that of one tenant. GOVERNOR.md has the rules, the reasoning and the figures.
//
// - **Connections** grow with success, stop growing where a new one is refused (connection_trial),
//   and shrink with refusals that fewer connections make rarer (connection_limit).
// - **Rest and pace** follow from refusals in a row: those of one tenant slow that tenant, those of
//   different tenants the destination (pacer, tenants, refusal_row).
// - **Suspension.** When no host can be reached at all, the destination is left alone; when the
//   pause is over a single probe decides. Pauses double with each failed probe (C060).
// - **Rate.** What the operator configured, exactly.
// - **Part.** Of both that, and of the connections that there may ever be, this relay has only its
//   part while other nodes share the queue (queue/node_share.hpp). Of a rate with a long period it
//   has the tokens that it drew, and may send them as fast as the whole rate (token_block).
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "relay/config/rate.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/token_bucket.hpp"
#include "relay/outbound/connection_limit.hpp"
#include "relay/outbound/connection_trial.hpp"
#include "relay/outbound/found_limits.hpp"
#include "relay/outbound/pacer.hpp"
#include "relay/outbound/refusal_row.hpp"
#include "relay/outbound/tenants.hpp"
#include "relay/outbound/token_block.hpp"

namespace kurir::outbound {

// How the attempt of a message ended, as far as it concerns the destination.
enum class answer : std::uint8_t {
    taken,       // the server took it, or refused it for good: it was content
    refused,     // put off, or the connection was lost: it may concern anybody
    put_off,     // in words that concern this recipient only: its mailbox, or greylisting
    no_session,  // refused or lost before the first message: it concerns the connection
    withdrawn,   // it says nothing of the destination
};

class governor {
public:
    using time_point = net::clock::time_point;

    struct limits {
        std::size_t concurrency_max = 20;       // at least 1
        std::chrono::milliseconds pause_min{};  // after the first unreachable attempt
        std::chrono::milliseconds pause_max{};
        std::optional<config::rate> rate = {};
    };

    explicit governor(const limits& limits);

    // What is left of the limits for this relay while others share them. `connections` may be 0:
    // then there may be none. Without a call all of both.
    struct part {
        std::size_t connections = 0;
        std::optional<config::rate> rate = {};
        std::size_t nodes = 1;  // that share
        bool draws = false;     // tokens of `rate`, which is that of all nodes
    };
    void set_part(const part& part, time_point now);
    const part& own_part() const noexcept { return part_; }
    const limits& whole() const noexcept { return limits_; }

    // How many connections there may be at `now`; 0 while suspended, 1 until a probe succeeds.
    std::size_t concurrency(time_point now) const noexcept;

    bool suspended(time_point now) const noexcept { return now < suspended_until_; }
    time_point suspended_until() const noexcept { return suspended_until_; }
    // Allows the next probe now, because the caller has better information.
    void probe_now() noexcept { suspended_until_ = {}; }

    // When the next message may start (`now` or before: at once; the end of time: when a probe has
    // ended, or tokens were drawn), and what asks for the pause.
    time_point not_before(time_point now) const;
    enum class delay : std::uint8_t { none, rate, backoff };
    delay delay_reason(time_point now) const;
    // The same for the mail of one tenant, where the destination has no objection.
    time_point not_before(const std::string& tenant, time_point now) const;

    // The tokens of a rate that all nodes keep together; null: they don't.
    token_block* block() noexcept { return block_ ? &*block_ : nullptr; }
    // There is such a token for the next message, or none is needed.
    bool has_token(time_point now) const noexcept { return !block_ || block_->has(now); }
    // Until then a message may have to wait for one that was started before, by the rate.
    time_point rate_until() const noexcept;

    // Messages are started one by one rather than as fast as connections take them.
    bool paced() const noexcept { return tokens_.has_value() || all_.pace().has_value(); }

    // A message that is under way.
    struct attempt {
        std::shared_ptr<outbound::tenant> tenant;
        connection_limit::beginning beginning = {};
        connection_trial::beginning trial = {};
        time_point began{};
        bool first = true;       // nobody tried it before
        bool probe = false;      // of the destination
        bool own_probe = false;  // of its tenant
    };
    // A connection that is given a message, among those of the destination.
    struct connection {
        std::size_t open = 1;    // with this one
        std::size_t served = 0;  // of these, how many have served a message
        bool fresh = true;       // this one has not
    };
    attempt started(const std::string& tenant, connection taking, bool first, time_point now);
    // `fewer`: the server asks for fewer connections in words that can mean nothing else.
    void ended(const attempt& attempt, answer result, bool fewer, time_point now);
    void withdraw(const attempt& attempt, time_point now) {
        ended(attempt, answer::withdrawn, false, now);
    }
    // No host of the destination could be reached.
    void unreachable(time_point now);
    // Somebody else has found that: nothing is sent before `until`, and then a probe.
    void leave_alone(time_point until);

    // What was found here of its limits.
    found_limits limits_found() const noexcept;
    // Somebody else has found these. Where something was found or taken here, they count for
    // nothing; true if they do.
    bool begin_with(const found_limits& limits, time_point now);

    // Connections that were refused without a success since.
    unsigned sessions_refused() const noexcept { return row_.of_connections(); }

    // What operators see of it.
    struct learnt {
        std::size_t connections = 0;      // that there may be now
        std::size_t connections_max = 0;  // that there may ever be; a part of those of all nodes
        std::optional<double> pace = {};  // messages a second
        bool resting = false;             // since refusals in a row, until a success
        std::size_t tenants = 0;          // of which something is known
        unsigned sessions_refused = 0;    // in a row
        unsigned unreachable = 0;         // attempts in a row
        std::optional<config::rate> rate = {};  // a part of that of all nodes
        std::size_t nodes = 1;                  // that share both
        std::size_t connections_of_all = 0;
        std::optional<config::rate> rate_of_all = {};
        std::optional<std::uint64_t> tokens = {};       // this relay's, where they are drawn
        std::optional<std::uint64_t> tokens_left = {};  // of the period, that nobody has drawn
    };
    learnt learnt_at(time_point now) const;

    // It took a message a moment ago: what fails now is busy, not dead.
    bool proven(time_point now) const noexcept;
    bool taken_within(net::clock::duration time, time_point now) const noexcept {
        return last_taken_ && now - *last_taken_ < time;
    }

    std::size_t tenants_known() const noexcept { return tenants_.size(); }

private:
    void taken(const attempt& attempt, time_point now);
    void refused(const attempt& attempt, bool fewer, time_point now);
    void session_refused(const attempt& attempt, bool fewer, time_point now);
    std::size_t allowed() const noexcept;
    time_point rate_not_before(time_point now) const;
    void end_probes(const attempt& attempt);
    double failing(const attempt& attempt) const noexcept;
    double usual(const attempt& attempt) const noexcept;
    bool is_on_trial(const attempt& attempt);
    bool connections_explain(const attempt& attempt, bool fewer);
    void count_row(const attempt& attempt, time_point now);
    void may_be_chance(const attempt& attempt);

    limits limits_;
    part part_;
    std::optional<net::token_bucket> tokens_;
    std::optional<token_block> block_;
    connection_limit connections_;
    connection_trial trial_;
    std::size_t under_way_ = 0;
    std::size_t fresh_under_way_ = 0;
    std::size_t may_grow_ = 0;  // of these, how many ran while all connections were in use
    pacer all_;
    refusal_row row_;
    tenants tenants_;
    share usual_;            // the part of attempts that fails whatever we do
    unsigned unjudged_ = 0;  // refusals without a success that may be chance
    std::optional<time_point> last_taken_;

    unsigned failures_ = 0;  // unreachable attempts in a row
    time_point suspended_until_{};
};

}  // namespace kurir::outbound
